"""Lists: elements in order, pushed and popped at both ends, also by clients that wait for them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

from stubredis.arguments import MAX_INTEGER, integer, integer_between, multiple_pop_arguments, timeout
from stubredis.client import Client
from stubredis.command import BLOCKING, DENYOOM, FAST, READONLY, WRITE, group
from stubredis.datatypes.lists import List
from stubredis.errors import (
    COUNT_NOT_POSITIVE,
    INDEX_OUT_OF_RANGE,
    NO_SUCH_KEY,
    NOT_POSITIVE,
    SYNTAX,
    CommandError,
)
from stubredis.keyspace import LIST, Database
from stubredis.protocol.replies import NULL_ARRAY, OK, Block, Bulks, Reply

command = group("list")

LEFT, RIGHT = b"LEFT", b"RIGHT"
PUSHED = {LEFT: b"lpush", RIGHT: b"rpush"}
POPPED = {LEFT: b"lpop", RIGHT: b"rpop"}
"""The events of what happens at an end of a list."""
POP = {LEFT: b"LPOP", RIGHT: b"RPOP"}

RANK_ZERO = (
    b"ERR RANK can't be zero: use 1 to start from the first match, 2 from the second ... "
    b"or use negative to start from the end of the list"
)
NOT_NEGATABLE = b"ERR value is out of range, value must between %d and %d" % (-MAX_INTEGER, MAX_INTEGER)


def end(word: bytes) -> bytes:
    """Read LEFT or RIGHT."""
    word = word.upper()
    if word not in (LEFT, RIGHT):
        raise CommandError(SYNTAX)
    return word


def span(first: int, last: int, length: int) -> tuple[int, int]:
    """Turn two indexes, both included and negative from the tail, into a slice within 0 and the length."""
    start = first + length if first < 0 else first
    stop = last + length + 1 if last < 0 else last + 1
    start = max(start, 0)
    stop = min(stop, length)
    return (start, stop) if start < stop else (0, 0)


def negatable_integer(word: bytes) -> int:
    """Read an integer whose sign says where to begin, so that it must have an opposite in 64 bits."""
    value = integer(word)
    if value < -MAX_INTEGER:
        raise CommandError(NOT_NEGATABLE)
    return value


# Pushing


@command(
    "LPUSH key element [element ...]",
    WRITE | DENYOOM | FAST,
    since="1.0.0",
    key_access="RW insert",
    complexity="O(N) for N elements.",
)
def lpush(client: Client, key: bytes, *elements: bytes) -> Reply:
    """Insert elements at the head of a list."""
    db = client.db
    value = db.write(key, List)
    if value is None:
        value = List()
        db.add(key, value)
    length = value.push_left(elements)
    db.changed(key, b"lpush", LIST, len(elements))
    return length


@command(
    "RPUSH key element [element ...]",
    WRITE | DENYOOM | FAST,
    since="1.0.0",
    key_access="RW insert",
    complexity="O(N) for N elements.",
)
def rpush(client: Client, key: bytes, *elements: bytes) -> Reply:
    """Append elements to a list."""
    db = client.db
    value = db.write(key, List)
    if value is None:
        value = List()
        db.add(key, value)
    length = value.push_right(elements)
    db.changed(key, b"rpush", LIST, len(elements))
    return length


@command(
    "LPUSHX key element [element ...]",
    WRITE | DENYOOM | FAST,
    since="2.2.0",
    key_access="RW insert",
    complexity="O(N) for N elements.",
)
def lpushx(client: Client, key: bytes, *elements: bytes) -> Reply:
    """Insert elements at the head of a list that exists."""
    return lpush(client, key, *elements) if client.db.write(key, List) is not None else 0


@command(
    "RPUSHX key element [element ...]",
    WRITE | DENYOOM | FAST,
    since="2.2.0",
    key_access="RW insert",
    complexity="O(N) for N elements.",
)
def rpushx(client: Client, key: bytes, *elements: bytes) -> Reply:
    """Append elements to a list that exists."""
    return rpush(client, key, *elements) if client.db.write(key, List) is not None else 0


@command(
    "LINSERT key <BEFORE | AFTER> pivot element", WRITE | DENYOOM,
    since="2.2.0", key_access="RW insert", complexity="O(N) for a pivot N elements away from the head.",
)  # fmt: skip
def linsert(client: Client, key: bytes, where: bytes, pivot: bytes, element: bytes) -> Reply:
    """Insert an element before or after another one."""
    where = where.upper()
    if where not in (b"BEFORE", b"AFTER"):
        raise CommandError(SYNTAX)
    value = client.db.write(key, List)
    if value is None:
        return 0
    index = next(value.find(pivot, len(value)), None)
    if index is None:
        return -1
    value.insert(index + (where == b"AFTER"), element)
    client.db.changed(key, b"linsert", LIST)
    return len(value)


# Popping


def pop(db: Database, key: bytes, value: List, where: bytes) -> bytes:
    """Remove and return the element at one end; the key goes with the last one."""
    element = value.pop_left() if where == LEFT else value.pop_right()
    db.shrunk(key, value, POPPED[where], LIST)
    return element


def pop_many(db: Database, key: bytes, value: List, where: bytes, count: int) -> list[bytes]:
    """Remove and return up to `count` elements, the outermost first."""
    length = len(value)
    count = min(count, length)
    if where == LEFT:
        elements = value.slice(0, count)
        value.delete(0, count)
    else:
        elements = value.slice(length - count, length)
        elements.reverse()
        value.delete(length - count, length)
    db.shrunk(key, value, POPPED[where], LIST, count)
    return elements


def pop_counted(client: Client, key: bytes, where: bytes, count: bytes) -> Reply:
    """Answer LPOP and RPOP with a count: an array."""
    number = integer_between(count, 0, MAX_INTEGER, NOT_POSITIVE)
    value = client.db.write(key, List)
    if value is None:
        return NULL_ARRAY
    return pop_many(client.db, key, value, where, number) if number else []


@command(
    "LPOP key [count]",
    WRITE | FAST,
    since="1.0.0",
    key_access="RW access delete",
    complexity="O(N) for N returned elements.",
)
def lpop(client: Client, key: bytes, count: bytes | None = None) -> Reply:
    """Remove and return the first elements of a list."""
    if count is not None:
        return pop_counted(client, key, LEFT, count)
    value = client.db.write(key, List)
    if value is None:
        return None
    element = value.pop_left()
    client.db.shrunk(key, value, b"lpop", LIST)
    return element


@command(
    "RPOP key [count]",
    WRITE | FAST,
    since="1.0.0",
    key_access="RW access delete",
    complexity="O(N) for N returned elements.",
)
def rpop(client: Client, key: bytes, count: bytes | None = None) -> Reply:
    """Remove and return the last elements of a list."""
    if count is not None:
        return pop_counted(client, key, RIGHT, count)
    value = client.db.write(key, List)
    if value is None:
        return None
    element = value.pop_right()
    client.db.shrunk(key, value, b"rpop", LIST)
    return element


def first_list(db: Database, keys: Sequence[bytes]) -> tuple[bytes, List] | None:
    """Return the first key that exists and its list; WRONGTYPE if it holds something else."""
    for key in keys:
        value = db.write(key, List)
        if value is not None:
            return key, value
    return None


def multiple_pop(client: Client, keys: Sequence[bytes], where: bytes, count: int) -> Reply:
    """Pop from the first list that exists, if there is one."""
    found = first_list(client.db, keys)
    if found is None:
        return None
    key, value = found
    elements = pop_many(client.db, key, value, where, count)
    client.server.effects.rewrite(POP[where], key, b"%d" % len(elements))
    return [key, elements]


@command(
    "LMPOP numkeys key [key ...] <LEFT | RIGHT> [COUNT count]", WRITE,
    since="7.0.0", key_access="RW access delete", complexity="O(N+M) for N keys and M returned elements.",
)  # fmt: skip
def lmpop(client: Client, numkeys: bytes, *words: bytes) -> Reply:
    """Remove and return elements of the first list that exists."""
    keys, where, count = multiple_pop_arguments(numkeys, words, (LEFT, RIGHT))
    return multiple_pop(client, keys, where, count) or NULL_ARRAY


@command(
    "BLMPOP timeout numkeys key [key ...] <LEFT | RIGHT> [COUNT count]", WRITE | BLOCKING,
    since="7.0.0", key_access="RW access delete", complexity="O(N+M) for N keys and M returned elements.",
)  # fmt: skip
def blmpop(client: Client, seconds: bytes, numkeys: bytes, *words: bytes) -> Reply:
    """Remove and return elements of the first list that exists, or wait for one."""
    keys, where, count = multiple_pop_arguments(numkeys, words, (LEFT, RIGHT))
    deadline = timeout(seconds, client.db.keyspace.now())
    return multiple_pop(client, keys, where, count) or Block(keys, deadline, NULL_ARRAY, kind=List)


def blocking_pop(client: Client, words: Sequence[bytes], where: bytes) -> Reply:
    """Answer BLPOP and BRPOP: pop from the first list that exists, or wait for one."""
    keys = words[:-1]
    deadline = timeout(words[-1], client.db.keyspace.now())
    found = first_list(client.db, keys)
    if found is None:
        return Block(keys, deadline, NULL_ARRAY, kind=List)
    key, value = found
    element = pop(client.db, key, value, where)
    client.server.effects.rewrite(POP[where], key)
    return [key, element]


@command(
    "BLPOP key [key ...] timeout",
    WRITE | BLOCKING,
    since="2.0.0",
    key_access="RW access delete",
    complexity="O(N) for N keys.",
)
def blpop(client: Client, *words: bytes) -> Reply:
    """Remove and return the first element of a list, or wait for one."""
    return blocking_pop(client, words, LEFT)


@command(
    "BRPOP key [key ...] timeout",
    WRITE | BLOCKING,
    since="2.0.0",
    key_access="RW access delete",
    complexity="O(N) for N keys.",
)
def brpop(client: Client, *words: bytes) -> Reply:
    """Remove and return the last element of a list, or wait for one."""
    return blocking_pop(client, words, RIGHT)


# Moving


def move(client: Client, source: bytes, destination: bytes, origin: bytes, target: bytes) -> bytes | None:
    """Move an element from one end of a list to one end of another, or of the same; None if there is no source."""
    db = client.db
    value = db.write(source, List)
    if value is None:
        return None
    other = db.write(destination, List)
    element = value.pop_left() if origin == LEFT else value.pop_right()
    if other is None:
        other = List()
        db.add(destination, other)
    if target == LEFT:
        other.push_left((element,))
    else:
        other.push_right((element,))
    db.changed(destination, PUSHED[target], LIST, 0)  # the whole move counts as one change
    db.shrunk(source, value, POPPED[origin], LIST)
    return element


@command(
    "LMOVE source destination <LEFT | RIGHT> <LEFT | RIGHT>",
    WRITE | DENYOOM,
    since="6.2.0",
    key_access="RW access delete; RW insert",
)
def lmove(client: Client, source: bytes, destination: bytes, origin: bytes, target: bytes) -> Reply:
    """Move an element from one list to another and return it."""
    return move(client, source, destination, end(origin), end(target))


@command("RPOPLPUSH source destination", WRITE | DENYOOM, since="1.2.0", key_access="RW access delete; RW insert")
def rpoplpush(client: Client, source: bytes, destination: bytes) -> Reply:
    """Move the last element of a list to the head of another and return it."""
    return move(client, source, destination, RIGHT, LEFT)


@command(
    "BLMOVE source destination <LEFT | RIGHT> <LEFT | RIGHT> timeout",
    WRITE | DENYOOM | BLOCKING,
    since="6.2.0",
    key_access="RW access delete; RW insert",
)
def blmove(client: Client, source: bytes, destination: bytes, origin: bytes, target: bytes, seconds: bytes) -> Reply:
    """Move an element from one list to another and return it, or wait for one."""
    where_from, where_to = end(origin), end(target)
    deadline = timeout(seconds, client.db.keyspace.now())
    element = move(client, source, destination, where_from, where_to)
    if element is None:
        return Block([source], deadline, NULL_ARRAY, kind=List, at_once=None)
    client.server.effects.rewrite(b"LMOVE", source, destination, origin, target)
    return element


@command(
    "BRPOPLPUSH source destination timeout",
    WRITE | DENYOOM | BLOCKING,
    since="2.2.0",
    key_access="RW access delete; RW insert",
)
def brpoplpush(client: Client, source: bytes, destination: bytes, seconds: bytes) -> Reply:
    """Move the last element of a list to the head of another and return it, or wait for one."""
    deadline = timeout(seconds, client.db.keyspace.now())
    element = move(client, source, destination, RIGHT, LEFT)
    if element is None:
        return Block([source], deadline, NULL_ARRAY, kind=List, at_once=None)
    client.server.effects.rewrite(b"RPOPLPUSH", source, destination)
    return element


class Batch:
    """How many elements LMOVEM and BLMOVEM move, and in which order they arrive."""

    __slots__ = ("count", "exactly", "one_by_one")

    def __init__(self, words: Sequence[bytes]) -> None:
        """Read COUNT or EXACTLY with the number, then OBO or BULK; without any of them one element is moved."""
        if len(words) not in (0, 3):
            raise CommandError(SYNTAX)
        selector, number, order = words or (b"COUNT", b"1", b"BULK")
        if selector.upper() not in (b"COUNT", b"EXACTLY") or order.upper() not in (b"OBO", b"BULK"):
            raise CommandError(SYNTAX)
        self.exactly = selector.upper() == b"EXACTLY"
        self.count = integer_between(number, 1, MAX_INTEGER, COUNT_NOT_POSITIVE)
        self.one_by_one = order.upper() == b"OBO"


def move_batch(
    client: Client, source: bytes, destination: bytes, origin: bytes, target: bytes, batch: Batch
) -> list[bytes] | None:
    """Move several elements and return them as they stand in the destination; None if there are not enough.

    All of them leave the source before the first arrives, also where both are the same list. One by one, they arrive
    in the order in which they left, so that those that go from one end to the same end are turned around.
    """
    db = client.db
    value = db.write(source, List)
    length = 0 if value is None else len(value)
    if value is None or (batch.exactly and length < batch.count):
        return None
    other = db.write(destination, List)
    count = min(batch.count, length)
    start, stop = (0, count) if origin == LEFT else (length - count, length)
    elements = value.slice(start, stop)
    value.delete(start, stop)
    if batch.one_by_one and origin == target:
        elements.reverse()
    if other is None:
        other = List()
        db.add(destination, other)
    if target == LEFT:
        other.push_left(reversed(elements))
    else:
        other.push_right(elements)
    db.changed(destination, PUSHED[target], LIST, 0)
    db.shrunk(source, value, POPPED[origin], LIST, count)
    return elements


@command(
    "LMOVEM source destination <LEFT | RIGHT> <LEFT | RIGHT> [<COUNT count | EXACTLY exactly> <OBO | BULK>]",
    WRITE | DENYOOM,
    since="8.10.0",
    key_access="RW access delete; RW insert",
    complexity="O(N) for N moved elements.",
)
def lmovem(client: Client, source: bytes, destination: bytes, origin: bytes, target: bytes, *words: bytes) -> Reply:
    """Move elements from one list to another and return them."""
    where_from, where_to = end(origin), end(target)
    moved = move_batch(client, source, destination, where_from, where_to, Batch(words))
    return NULL_ARRAY if moved is None else moved


@command(
    "BLMOVEM source destination <LEFT | RIGHT> <LEFT | RIGHT> timeout [<COUNT count | EXACTLY exactly> <OBO | BULK>]",
    WRITE | DENYOOM | BLOCKING,
    since="8.10.0",
    key_access="RW access delete; RW insert",
    complexity="O(N) for N moved elements.",
)
def blmovem(
    client: Client, source: bytes, destination: bytes, origin: bytes, target: bytes, seconds: bytes, *words: bytes
) -> Reply:
    """Move elements from one list to another and return them, or wait until there are any, or enough."""
    where_from, where_to = end(origin), end(target)
    deadline = timeout(seconds, client.db.keyspace.now())
    batch = Batch(words)
    moved = move_batch(client, source, destination, where_from, where_to, batch)
    if moved is None:
        return Block([source], deadline, NULL_ARRAY, kind=List)
    order = b"OBO" if batch.one_by_one else b"BULK"
    rewritten = (b"LMOVEM", source, destination, origin, target, b"EXACTLY", b"%d" % len(moved), order)
    client.server.effects.rewrite(*rewritten)
    return moved


# Reading, and changing in place


@command("LLEN key", READONLY | FAST, since="1.0.0", key_access="RO")
def llen(client: Client, key: bytes) -> Reply:
    """Return the length of a list."""
    value = client.db.read(key, List)
    return 0 if value is None else len(value)


@command("LRANGE key start stop", READONLY, since="1.0.0", complexity="O(N) for N returned elements.")
def lrange(client: Client, key: bytes, start: bytes, stop: bytes) -> Reply:
    """Return a range of elements."""
    first, last = integer(start), integer(stop)
    value = client.db.read(key, List)
    return Bulks(() if value is None else value.slice(*span(first, last, len(value))))


@command("LINDEX key index", READONLY, since="1.0.0")
def lindex(client: Client, key: bytes, index: bytes) -> Reply:
    """Return the element at an index."""
    value = client.db.read(key, List)
    if value is None:
        return None
    position, length = integer(index), len(value)
    if position < 0:
        position += length
    return value[position] if 0 <= position < length else None


@command("LSET key index element", WRITE | DENYOOM, since="1.0.0")
def lset(client: Client, key: bytes, index: bytes, element: bytes) -> Reply:
    """Replace the element at an index."""
    value = client.db.write(key, List)
    if value is None:
        raise CommandError(NO_SUCH_KEY)
    position, length = integer(index), len(value)
    if position < 0:
        position += length
    if not 0 <= position < length:
        raise CommandError(INDEX_OUT_OF_RANGE)
    value[position] = element
    client.db.changed(key, b"lset", LIST)
    return OK


@command(
    "LTRIM key start stop", WRITE, since="1.0.0", key_access="RW delete", complexity="O(N) for N removed elements."
)
def ltrim(client: Client, key: bytes, start: bytes, stop: bytes) -> Reply:
    """Remove all elements outside of a range."""
    first, last = integer(start), integer(stop)
    value = client.db.write(key, List)
    if value is None:
        return OK
    length = len(value)
    first, last = span(first, last, length)
    value.delete(last, length)
    value.delete(0, first)
    client.db.shrunk(key, value, b"ltrim", LIST, length - len(value))
    return OK


@command(
    "LREM key count element", WRITE, since="1.0.0", key_access="RW delete", complexity="O(N) for a list of N elements."
)
def lrem(client: Client, key: bytes, count: bytes, element: bytes) -> Reply:
    """Remove elements that equal one: the first ones, with a negative count the last ones, with 0 all."""
    number = negatable_integer(count)
    value = client.db.write(key, List)
    if value is None:
        return 0
    indexes = positions(value, element, from_tail=number < 0, limit=len(value), count=abs(number))
    if indexes:
        value.remove(sorted(indexes))
        client.db.shrunk(key, value, b"lrem", LIST, len(indexes))
    return len(indexes)


@command(
    "LPOS key element [RANK rank] [COUNT num-matches] [MAXLEN len]", READONLY,
    since="6.0.6", complexity="O(N) for a list of N elements.",
)  # fmt: skip
def lpos(client: Client, key: bytes, element: bytes, *options: bytes) -> Reply:
    """Return the indexes of elements that equal one."""
    rank, count, limit = 1, None, 0
    words = iter(options)
    for option in words:
        word = next(words, None)
        if word is None:
            raise CommandError(SYNTAX)
        match option.upper():
            case b"RANK":
                rank = negatable_integer(word)
                if rank == 0:
                    raise CommandError(RANK_ZERO)
            case b"COUNT":
                count = integer_between(word, 0, MAX_INTEGER, b"ERR COUNT can't be negative")
            case b"MAXLEN":
                limit = integer_between(word, 0, MAX_INTEGER, b"ERR MAXLEN can't be negative")
            case _:
                raise CommandError(SYNTAX)
    value = client.db.read(key, List)
    if value is None:
        return None if count is None else []
    found = positions(
        value,
        element,
        skip=abs(rank) - 1,
        from_tail=rank < 0,
        limit=limit or len(value),
        count=1 if count is None else count,
    )
    if count is None:
        return found[0] if found else None
    return found


def positions(value: List, element: bytes, *, from_tail: bool, limit: int, count: int, skip: int = 0) -> list[int]:
    """Return the indexes of equal elements in the order in which they are found, from the head or from the tail.

    At most `limit` elements are compared; of those found, `skip` are left out and then `count` taken, 0 for all.
    """
    length = len(value)
    skip = min(skip, length)
    distances = islice(value.find(element, limit, from_tail=from_tail), skip, skip + min(count or length, length))
    return [length - 1 - distance if from_tail else distance for distance in distances]
