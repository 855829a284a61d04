"""Sets: distinct members without values, and what several sets have in common."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

from stubredis.arguments import MAX_INTEGER, integer_between, random_count, scan_cursor, scan_options
from stubredis.client import Client
from stubredis.command import DENYOOM, FAST, READONLY, WRITE, group
from stubredis.datatypes.sets import (
    HASHTABLE,
    Set,
    common_members,
    count_difference,
    count_union,
    difference,
    intersection,
    union,
)
from stubredis.errors import NOT_POSITIVE, NUMKEYS_NOT_POSITIVE, SYNTAX, CommandError
from stubredis.keyspace import GENERIC, SET, Database
from stubredis.protocol.replies import Distinct, Reply

command = group("set")

BATCH = 1024
"""How many members one propagated SREM removes."""


# Members of one set


@command(
    "SADD key member [member ...]", WRITE | DENYOOM | FAST,
    since="1.0.0", key_access="RW insert", complexity="O(N) for N members.",
)  # fmt: skip
def sadd(client: Client, key: bytes, *members: bytes) -> Reply:
    """Add members to a set."""
    db = client.db
    value = db.write(key, Set)
    if value is None:
        value = Set()
        db.add(key, value)
    if len(members) == 1:
        added = int(value.add(members[0]))
    else:
        value.expect(members)
        added = value.update(members)
    if added:
        db.changed(key, b"sadd", SET, added)
    return added


@command(
    "SREM key member [member ...]", WRITE | FAST,
    since="1.0.0", key_access="RW delete", complexity="O(N) for N members.",
)  # fmt: skip
def srem(client: Client, key: bytes, *members: bytes) -> Reply:
    """Remove members; the key goes with the last one."""
    db = client.db
    value = db.write(key, Set)
    if value is None:
        return 0
    removed = int(value.discard(members[0])) if len(members) == 1 else value.remove(members)
    if removed:
        db.shrunk(key, value, b"srem", SET, removed)
    return removed


@command("SMOVE source destination member", WRITE | FAST, since="1.0.0", key_access="RW access delete; RW insert")
def smove(client: Client, source: bytes, destination: bytes, member: bytes) -> Reply:
    """Move a member from one set to another."""
    db = client.db
    value = db.write(source, Set)
    if value is None:
        return 0
    target = db.write(destination, Set)
    if target is value:
        return int(member in value)
    if not value.discard(member):
        return 0
    db.shrunk(source, value, b"srem", SET)
    if target is None:
        target = Set()
        db.add(destination, target)
    if target.add(member):
        db.changed(destination, b"sadd", SET)
    return 1


@command("SISMEMBER key member", READONLY | FAST, since="1.0.0", key_access="RO")
def sismember(client: Client, key: bytes, member: bytes) -> Reply:
    """Tell whether a set has a member."""
    return int(member in (client.db.read(key, Set) or ()))


@command(
    "SMISMEMBER key member [member ...]", READONLY | FAST,
    since="6.2.0", complexity="O(N) for N members.",
)  # fmt: skip
def smismember(client: Client, key: bytes, *members: bytes) -> Reply:
    """Tell of several members whether a set has them."""
    value = client.db.read(key, Set) or ()
    return [int(member in value) for member in members]


@command("SCARD key", READONLY | FAST, since="1.0.0", key_access="RO")
def scard(client: Client, key: bytes) -> Reply:
    """Count the members of a set."""
    return len(client.db.read(key, Set) or ())


@command("SMEMBERS key", READONLY, since="1.0.0", complexity="O(N) for a set of N members.")
def smembers(client: Client, key: bytes) -> Reply:
    """Return all members of a set."""
    return Distinct(client.db.read(key, Set) or ())


@command(
    "SSCAN key cursor [MATCH pattern] [COUNT count]", READONLY,
    since="2.8.0", complexity="O(1) for every call, O(N) for a complete iteration of N members.",
)  # fmt: skip
def sscan(client: Client, key: bytes, cursor: bytes, *words: bytes) -> Reply:
    """Go on with a scan of the members of a set; a small one is returned at once."""
    position = scan_cursor(cursor)
    value = client.db.read(key, Set)
    if value is None:
        return [b"0", []]
    options = scan_options(words, command="SSCAN")
    count = options.count if value.encoding == HASHTABLE else len(value)
    following, members = client.db.keyspace.scans.step((client.db.index, key), value, position, count)
    return [b"%d" % following, options.matching(members)]


# Members at random


@command(
    "SPOP key [count]", WRITE | FAST, since="1.0.0", key_access="RW access delete", complexity="O(N) for a count N."
)
def spop(client: Client, key: bytes, *options: bytes) -> Reply:
    """Remove and return random members."""
    if len(options) > 1:
        raise CommandError(SYNTAX)
    if options:
        return pop_members(client, key, integer_between(options[0], 0, MAX_INTEGER, NOT_POSITIVE))
    value = client.db.write(key, Set)
    if value is None:
        return None
    member = value.pop()
    client.db.shrunk(key, value, b"spop", SET)
    client.server.effects.rewrite(b"SREM", key, member)
    return member


def pop_members(client: Client, key: bytes, count: int) -> Distinct:
    """Remove a number of random members, the key with the last of them."""
    db, effects = client.db, client.server.effects
    value = db.write(key, Set)
    if value is None or not count:
        return Distinct()
    if count >= len(value):
        members = Distinct(value)
        db.changed(key, b"spop", SET, len(members))
        db.delete(key)
        db.changed(key, b"del", GENERIC, 0)
        effects.rewrite(b"UNLINK", key)
        return members
    members = Distinct(value.pop_many(count))
    db.changed(key, b"spop", SET, count)
    for start in range(0, count, BATCH):
        effects.rewrite(b"SREM", key, *members[start : start + BATCH])
    return members


@command(
    "SRANDMEMBER key [count]", READONLY, since="1.0.0", complexity="O(1) without a count, O(N) for N returned members."
)
def srandmember(client: Client, key: bytes, *options: bytes) -> Reply:
    """Return random members: different ones for a positive count, with repetitions for a negative one."""
    if len(options) > 1:
        raise CommandError(SYNTAX)
    if not options:
        value = client.db.read(key, Set)
        return None if value is None else value.random()
    count = random_count(options[0])
    value = client.db.read(key, Set)
    if value is None:
        return []
    return value.sample(count) if count >= 0 else value.random_with_repetitions(-count)


# Several sets


def sets_of(db: Database, keys: Sequence[bytes]) -> list[Set | None]:
    """Return the sets of keys, None where there is no key."""
    return [db.read(key, Set) for key in keys]


def present(values: Sequence[Set | None]) -> list[Set]:
    """Leave out the keys that do not exist, which are empty sets."""
    return [value for value in values if value is not None]


@command("SINTER key [key ...]", READONLY, since="1.0.0", complexity="O(N*M) for M sets, the smallest of N members.")
def sinter(client: Client, *keys: bytes) -> Reply:
    """Return the members that all sets have."""
    values = sets_of(client.db, keys)
    sets = present(values)
    return Distinct(common_members(sets)) if len(sets) == len(values) else Distinct()


@command("SUNION key [key ...]", READONLY, since="1.0.0", complexity="O(N) for N members in all sets.")
def sunion(client: Client, *keys: bytes) -> Reply:
    """Return the members of all sets."""
    return Distinct(union(present(sets_of(client.db, keys))))


@command("SDIFF key [key ...]", READONLY, since="1.0.0", complexity="O(N) for N members in all sets.")
def sdiff(client: Client, *keys: bytes) -> Reply:
    """Return the members of the first set that no other has."""
    first, *others = sets_of(client.db, keys)
    return Distinct(() if first is None else difference(first, present(others)))


@command(
    "SINTERSTORE destination key [key ...]", WRITE | DENYOOM, since="1.0.0",
    complexity="O(N*M) for M sets, the smallest of N members.",
)  # fmt: skip
def sinterstore(client: Client, destination: bytes, *keys: bytes) -> Reply:
    """Store the members that all sets have."""
    values = sets_of(client.db, keys)
    sets = present(values)
    result = intersection(sets) if len(sets) == len(values) else Set()
    client.db.store_result(destination, result, b"sinterstore", SET)
    return len(result)


@command(
    "SUNIONSTORE destination key [key ...]", WRITE | DENYOOM, since="1.0.0",
    complexity="O(N) for N members in all sets.",
)  # fmt: skip
def sunionstore(client: Client, destination: bytes, *keys: bytes) -> Reply:
    """Store the members of all sets."""
    result = union(present(sets_of(client.db, keys)))
    client.db.store_result(destination, result, b"sunionstore", SET)
    return len(result)


@command(
    "SDIFFSTORE destination key [key ...]", WRITE | DENYOOM, since="1.0.0",
    complexity="O(N) for N members in all sets.",
)  # fmt: skip
def sdiffstore(client: Client, destination: bytes, *keys: bytes) -> Reply:
    """Store the members of the first set that no other has."""
    first, *others = sets_of(client.db, keys)
    result = Set() if first is None else difference(first, present(others))
    client.db.store_result(destination, result, b"sdiffstore", SET)
    return len(result)


# How many there would be


def counted_sets(
    db: Database, numkeys: bytes, words: Sequence[bytes], flag: bytes | None = None
) -> tuple[list[Set | None], int]:
    """Read `numkeys key [key ...] [LIMIT limit]`, and an optional flag: return the sets and the limit.

    A limit of 0 is none, and is returned as more than any set can hold.
    """
    count = integer_between(numkeys, 1, MAX_INTEGER, NUMKEYS_NOT_POSITIVE)
    if count > len(words):
        raise CommandError(b"ERR Number of keys can't be greater than number of args")
    limit = 0
    options = iter(words[count:])
    for option in options:
        value = next(options, None) if option.upper() == b"LIMIT" else None
        if value is not None:
            limit = integer_between(value, 0, MAX_INTEGER, b"ERR LIMIT can't be negative")
        elif option.upper() != flag:
            raise CommandError(SYNTAX)
    return sets_of(db, words[:count]), limit or MAX_INTEGER


@command(
    "SINTERCARD numkeys key [key ...] [LIMIT limit]", READONLY,
    since="7.0.0", complexity="O(N*M) for M sets, the smallest of N members.",
)  # fmt: skip
def sintercard(client: Client, numkeys: bytes, *words: bytes) -> Reply:
    """Count the members that all sets have, at most up to a limit."""
    values, limit = counted_sets(client.db, numkeys, words)
    sets = present(values)
    return sum(1 for _ in islice(common_members(sets), limit)) if len(sets) == len(values) else 0


@command(
    "SUNIONCARD numkeys key [key ...] [APPROX] [LIMIT limit]", READONLY,
    since="8.10.0", complexity="O(N) for N members in all sets.",
)  # fmt: skip
def sunioncard(client: Client, numkeys: bytes, *words: bytes) -> Reply:
    """Count the members of all sets, at most up to a limit.

    With APPROX, Redis estimates the number to save memory. Here an estimate would take more time and save little,
    as members that several sets have are shared, so the number is exact.
    """
    values, limit = counted_sets(client.db, numkeys, words, flag=b"APPROX")
    sets = present(values)
    if any(len(value) >= limit for value in sets):
        return limit
    return min(count_union(sets), limit) if sets else 0


@command(
    "SDIFFCARD numkeys key [key ...] [LIMIT limit]", READONLY,
    since="8.10.0", complexity="O(N) for N members in all sets.",
)  # fmt: skip
def sdiffcard(client: Client, numkeys: bytes, *words: bytes) -> Reply:
    """Count the members of the first set that no other has, at most up to a limit."""
    values, limit = counted_sets(client.db, numkeys, words)
    first, *others = values
    return 0 if first is None else count_difference(first, present(others), limit)
