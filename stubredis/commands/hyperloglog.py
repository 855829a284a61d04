"""HyperLogLogs: strings that estimate how many different elements were added to them."""

from __future__ import annotations

import math
import random

from stubredis.client import Client
from stubredis.command import ADMIN, DENYOOM, FAST, MAY_REPLICATE, READONLY, WRITE, group
from stubredis.datatypes import hyperloglog
from stubredis.datatypes.hyperloglog import EMPTY, REGISTERS, HyperLogLog, is_dense, registers_of
from stubredis.errors import CommandError, printed
from stubredis.keyspace import STRING
from stubredis.protocol.replies import OK, Reply, status
from stubredis.strings import String, checked, in_place

command = group("hyperloglog")

ENCODINGS = {True: status(b"dense"), False: status(b"sparse")}


def checked_sketch(value: object) -> String | None:
    """Return a value that looks like a HyperLogLog, or None; CommandError for any other."""
    string = checked(value)
    if string is not None and not hyperloglog.is_hyperloglog(string):
        raise CommandError(b"WRONGTYPE Key is not a valid HyperLogLog string value.")
    return string


def to_change(client: Client, key: bytes, string: String | None) -> HyperLogLog:
    """Return the HyperLogLog of a key to be changed in place, which is created if it does not exist."""
    db = client.db
    if string is None:
        string = bytearray(EMPTY)
        db.add(key, string)
    return HyperLogLog(in_place(db, key, string), client.server.config.hll_sparse_max_bytes)


@command("PFADD key [element [element ...]]", WRITE | DENYOOM | FAST, since="2.8.9", key_access="RW insert")
def pfadd(client: Client, key: bytes, *elements: bytes) -> Reply:
    """Add elements to a HyperLogLog and tell whether its estimate may have changed."""
    string = checked_sketch(client.db.lookup_write(key))
    sketch = to_change(client, key, string)
    changes = (string is None) + sum(map(sketch.add, elements))
    if changes:
        sketch.forget()
        client.db.changed(key, b"pfadd", STRING, changes)
    return int(changes > 0)


@command(
    "PFCOUNT key [key ...]", READONLY | MAY_REPLICATE,
    since="2.8.9", complexity="O(N) for N keys, O(1) for one that was not changed.", key_access="RW access",
)  # fmt: skip
def pfcount(client: Client, key: bytes, *more: bytes) -> Reply:
    """Estimate the number of different elements of a HyperLogLog, or of the union of several.

    The estimate of a single one is kept in its string. This counts as a change, although no event tells of it.
    """
    db = client.db
    if more:
        return signed(hyperloglog.estimate(hyperloglog.histogram(union(client, (key, *more))[0])))
    string = checked_sketch(db.lookup_read(key))
    if string is None:
        return 0
    sketch = to_change(client, key, string)
    number = sketch.cached
    if number is None:
        number = sketch.count()
        db.changed_silently(key)
    return signed(number)


def signed(number: int) -> int:
    """Return what an unsigned 64-bit integer is as a signed one."""
    return number - (number >> 63 << 64)


def union(client: Client, keys: tuple[bytes, ...]) -> tuple[bytes, bool]:
    """Return the highest value of each register in several HyperLogLogs, and whether one of them is dense."""
    registers = bytes(REGISTERS)
    dense = False
    for key in keys:
        string = checked_sketch(client.db.lookup_read(key))
        if string is not None:
            registers = hyperloglog.highest(registers, registers_of(string))
            dense = dense or is_dense(string)
    return registers, dense


@command(
    "PFMERGE destkey [sourcekey [sourcekey ...]]", WRITE | DENYOOM,
    since="2.8.9", complexity="O(N) for N keys.", key_access="RW access insert; RO access",
)  # fmt: skip
def pfmerge(client: Client, destkey: bytes, *sourcekeys: bytes) -> Reply:
    """Merge HyperLogLogs into one."""
    registers, dense = union(client, (destkey, *sourcekeys))
    sketch = to_change(client, destkey, checked(client.db.lookup_write(destkey)))
    if dense:
        sketch.become_dense()
    sketch.merge(registers)
    sketch.forget()
    client.db.changed(destkey, b"pfadd", STRING)
    return OK


# Debugging


@command(
    "PFDEBUG subcommand key", WRITE | DENYOOM | ADMIN,
    since="2.8.9", complexity="O(N) for N bytes.", key_access="RW access",
)  # fmt: skip
def pfdebug(client: Client, subcommand: bytes, key: bytes) -> Reply:
    """Show the registers or the encoding of a HyperLogLog, or make it dense: GETREG, DECODE, ENCODING or TODENSE."""
    string = checked_sketch(client.db.lookup_write(key))
    if string is None:
        raise CommandError(b"ERR The specified key does not exist")
    sketch = to_change(client, key, string)
    match subcommand.upper():
        case b"GETREG":
            become_dense(client, key, subcommand, sketch)
            return list(registers_of(sketch.string))
        case b"DECODE":
            if is_dense(sketch.string):
                raise CommandError(b"ERR HLL encoding is not sparse")
            return b" ".join(map(shown, hyperloglog.opcodes(sketch.string)))
        case b"ENCODING":
            return ENCODINGS[is_dense(sketch.string)]
        case b"TODENSE":
            return become_dense(client, key, subcommand, sketch)
    raise CommandError(b"ERR Unknown PFDEBUG subcommand '%b'" % printed(subcommand))


def become_dense(client: Client, key: bytes, subcommand: bytes, sketch: HyperLogLog) -> int:
    """Change the encoding to the dense one, which is propagated and otherwise not told to anybody."""
    if is_dense(sketch.string):
        return 0
    sketch.become_dense()
    client.db.dirty += 1
    client.server.effects.rewrite(b"PFDEBUG", subcommand, key)
    return 1


def shown(opcode: bytes) -> bytes:
    """Print an opcode of the sparse encoding."""
    value, length = hyperloglog.run_of(opcode)
    if value:
        return b"v:%d,%d" % (value, length)
    return b"%b:%d" % (b"Z" if opcode[0] & 0x40 else b"z", length)


MOST_TESTED = 100_000


@command("PFSELFTEST", ADMIN, since="2.8.9", complexity="O(1), but it takes a second.")
def pfselftest(client: Client) -> Reply:
    """Test that registers keep their values, and that both encodings estimate the same within the expected error."""
    registers = random.randbytes(REGISTERS).translate(bytes(range(64)) * 4)
    if hyperloglog.unpack(hyperloglog.pack(registers)) != registers:
        raise CommandError(b"ERR TESTFAILED registers do not keep their values")
    limit = client.server.config.hll_sparse_max_bytes
    sparse, dense = HyperLogLog(bytearray(EMPTY), limit), HyperLogLog(bytearray(EMPTY), limit)
    dense.become_dense()
    seed = random.getrandbits(64)
    checkpoint = 1
    for number in range(1, MOST_TESTED + 1):
        element = (number ^ seed).to_bytes(8, "little")
        sparse.add(element)
        dense.add(element)
        if number < checkpoint:
            continue
        if number < limit // 2 and is_dense(sparse.string):
            raise CommandError(b"ERR TESTFAILED sparse encoding not used")
        if sparse.count() != dense.count():
            raise CommandError(b"ERR TESTFAILED dense/sparse disagree")
        error = abs(dense.count() - number)
        # Six times the standard error. One collision among ten elements is not that unlikely.
        if error > (1 if number == 10 else math.ceil(6 * 1.04 / math.sqrt(REGISTERS) * number)):
            raise CommandError(b"ERR TESTFAILED Too big error. card:%d abserr:%d" % (number, error))
        checkpoint *= 10
    return OK
