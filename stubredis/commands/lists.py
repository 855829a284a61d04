"""Lists: elements in order, pushed and popped at both ends, also by clients that wait for them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from stubredis.arguments import MAX_INTEGER, integer, integer_between, timeout
from stubredis.client import Client
from stubredis.command import BLOCKING, DENYOOM, FAST, READONLY, WRITE, group
from stubredis.datatypes.lists import List
from stubredis.errors import (
    COUNT_NOT_POSITIVE,
    INDEX_OUT_OF_RANGE,
    NO_SUCH_KEY,
    NOT_POSITIVE,
    NUMKEYS_NOT_POSITIVE,
    SYNTAX,
    CommandError,
)
from stubredis.keyspace import LIST, Database
from stubredis.protocol.replies import NULL_ARRAY, OK, Block, Reply

command = group("list")

LEFT, RIGHT = b"LEFT", b"RIGHT"


def end(word: bytes) -> bytes:
    """Read LEFT or RIGHT."""
    word = word.upper()
    if word not in (LEFT, RIGHT):
        raise CommandError(SYNTAX)
    return word


def span(start: bytes, stop: bytes, length: int) -> tuple[int, int]:
    """Turn two indexes, both included and negative from the tail, into a slice within 0 and the length."""
    first, last = integer(start), integer(stop)
    first = max(first + length, 0) if first < 0 else min(first, length)
    last = last + length + 1 if last < 0 else min(last + 1, length)
    return first, max(first, last)


# Pushing


def push(db: Database, key: bytes, value: List | None, where: bytes, elements: Sequence[bytes]) -> int:
    """Push elements at one end, into a new list if there is none; return the length."""
    if value is None:
        value = List()
        db.add(key, value)
    if where is LEFT:
        value.push_left(elements)
        db.changed(key, b"lpush", LIST, len(elements))
    else:
        value.push_right(elements)
        db.changed(key, b"rpush", LIST, len(elements))
    return len(value)


@command("LPUSH key element [element ...]", WRITE | DENYOOM | FAST, since="1.0.0", complexity="O(N) for N elements.")
def lpush(client: Client, key: bytes, *elements: bytes) -> Reply:
    """Insert elements at the head of a list."""
    return push(client.db, key, client.db.write(key, List), LEFT, elements)


@command("RPUSH key element [element ...]", WRITE | DENYOOM | FAST, since="1.0.0", complexity="O(N) for N elements.")
def rpush(client: Client, key: bytes, *elements: bytes) -> Reply:
    """Append elements to a list."""
    return push(client.db, key, client.db.write(key, List), RIGHT, elements)


@command("LPUSHX key element [element ...]", WRITE | DENYOOM | FAST, since="2.2.0", complexity="O(N) for N elements.")
def lpushx(client: Client, key: bytes, *elements: bytes) -> Reply:
    """Insert elements at the head of a list that exists."""
    value = client.db.write(key, List)
    return 0 if value is None else push(client.db, key, value, LEFT, elements)


@command("RPUSHX key element [element ...]", WRITE | DENYOOM | FAST, since="2.2.0", complexity="O(N) for N elements.")
def rpushx(client: Client, key: bytes, *elements: bytes) -> Reply:
    """Append elements to a list that exists."""
    value = client.db.write(key, List)
    return 0 if value is None else push(client.db, key, value, RIGHT, elements)


@command(
    "LINSERT key <BEFORE | AFTER> pivot element", WRITE | DENYOOM,
    since="2.2.0", complexity="O(N) for a pivot N elements away from the head.",
)  # fmt: skip
def linsert(client: Client, key: bytes, where: bytes, pivot: bytes, element: bytes) -> Reply:
    """Insert an element before or after another one."""
    where = where.upper()
    if where not in (b"BEFORE", b"AFTER"):
        raise CommandError(SYNTAX)
    value = client.db.write(key, List)
    if value is None:
        return 0
    for index, present in enumerate(value):
        if present == pivot:
            value.insert(index + (where == b"AFTER"), element)
            client.db.changed(key, b"linsert", LIST)
            return len(value)
    return -1


# Popping


def pop(db: Database, key: bytes, value: List, where: bytes) -> bytes:
    """Remove and return the element at one end; the key goes with the last one."""
    if where is LEFT:
        element = value.pop_left()
        db.shrunk(key, value, b"lpop", LIST)
    else:
        element = value.pop_right()
        db.shrunk(key, value, b"rpop", LIST)
    return element


def pop_many(db: Database, key: bytes, value: List, where: bytes, count: int) -> list[bytes]:
    """Remove and return up to `count` elements, the outermost first."""
    length = len(value)
    count = min(count, length)
    if where is LEFT:
        elements = value.slice(0, count)
        value.delete(0, count)
    else:
        elements = value.slice(length - count, length)[::-1]
        value.delete(length - count, length)
    db.shrunk(key, value, b"lpop" if where is LEFT else b"rpop", LIST, count)
    return elements


def pop_one_or_many(client: Client, key: bytes, where: bytes, count: bytes | None) -> Reply:
    """Answer LPOP and RPOP."""
    number = None if count is None else integer_between(count, 0, MAX_INTEGER, NOT_POSITIVE)
    value = client.db.write(key, List)
    if value is None:
        return None if number is None else NULL_ARRAY
    if number is None:
        return pop(client.db, key, value, where)
    return pop_many(client.db, key, value, where, number) if number else []


@command("LPOP key [count]", WRITE | FAST, since="1.0.0", complexity="O(N) for N returned elements.")
def lpop(client: Client, key: bytes, count: bytes | None = None) -> Reply:
    """Remove and return the first elements of a list."""
    return pop_one_or_many(client, key, LEFT, count)


@command("RPOP key [count]", WRITE | FAST, since="1.0.0", complexity="O(N) for N returned elements.")
def rpop(client: Client, key: bytes, count: bytes | None = None) -> Reply:
    """Remove and return the last elements of a list."""
    return pop_one_or_many(client, key, RIGHT, count)


def first_list(db: Database, keys: Iterable[bytes]) -> tuple[bytes, List] | None:
    """Return the first key that holds a list; WRONGTYPE if one before it holds something else."""
    for key in keys:
        value = db.write(key, List)
        if value is not None:
            return key, value
    return None


def pop_from_first(client: Client, keys: Sequence[bytes], where: bytes, count: int) -> Reply:
    """Pop from the first list that exists, for LMPOP and BLMPOP."""
    found = first_list(client.db, keys)
    if found is None:
        return None
    key, value = found
    elements = pop_many(client.db, key, value, where, count)
    client.server.effects.rewrite(b"LPOP" if where is LEFT else b"RPOP", key, b"%d" % len(elements))
    return [key, elements]


def mpop_arguments(numkeys: bytes, words: Sequence[bytes]) -> tuple[Sequence[bytes], bytes, int]:
    """Read what follows LMPOP and BLMPOP: the keys, the end, and how many elements."""
    number = integer_between(numkeys, 1, MAX_INTEGER, NUMKEYS_NOT_POSITIVE)
    if number >= len(words):
        raise CommandError(SYNTAX)
    where = RIGHT if end(words[number]) == RIGHT else LEFT
    match words[number + 1 :]:
        case []:
            return words[:number], where, 1
        case [option, count] if option.upper() == b"COUNT":
            return words[:number], where, integer_between(count, 1, MAX_INTEGER, COUNT_NOT_POSITIVE)
        case [option, count, *_] if option.upper() == b"COUNT":
            integer_between(count, 1, MAX_INTEGER, COUNT_NOT_POSITIVE)
    raise CommandError(SYNTAX)


@command(
    "LMPOP numkeys key [key ...] <LEFT | RIGHT> [COUNT count]", WRITE,
    since="7.0.0", complexity="O(N+M) for N keys and M returned elements.",
)  # fmt: skip
def lmpop(client: Client, numkeys: bytes, *words: bytes) -> Reply:
    """Remove and return elements of the first list that exists."""
    keys, where, count = mpop_arguments(numkeys, words)
    return pop_from_first(client, keys, where, count) or NULL_ARRAY


@command(
    "BLMPOP timeout numkeys key [key ...] <LEFT | RIGHT> [COUNT count]", WRITE | BLOCKING,
    since="7.0.0", complexity="O(N+M) for N keys and M returned elements.",
)  # fmt: skip
def blmpop(client: Client, seconds: bytes, numkeys: bytes, *words: bytes) -> Reply:
    """Remove and return elements of the first list that exists, or wait for one."""
    keys, where, count = mpop_arguments(numkeys, words)
    deadline = timeout(seconds, client.db.keyspace.now())
    return pop_from_first(client, keys, where, count) or Block(keys, deadline, NULL_ARRAY, kind=List)


def blocking_pop(client: Client, words: Sequence[bytes], where: bytes) -> Reply:
    """Answer BLPOP and BRPOP: pop from the first list that exists, or wait for one."""
    *keys, seconds = words
    deadline = timeout(seconds, client.db.keyspace.now())
    found = first_list(client.db, keys)
    if found is None:
        return Block(keys, deadline, NULL_ARRAY, kind=List)
    key, value = found
    element = pop(client.db, key, value, where)
    client.server.effects.rewrite(b"LPOP" if where is LEFT else b"RPOP", key)
    return [key, element]


@command("BLPOP key [key ...] timeout", WRITE | BLOCKING, since="2.0.0", complexity="O(N) for N keys.")
def blpop(client: Client, *words: bytes) -> Reply:
    """Remove and return the first element of a list, or wait for one."""
    return blocking_pop(client, words, LEFT)


@command("BRPOP key [key ...] timeout", WRITE | BLOCKING, since="2.0.0", complexity="O(N) for N keys.")
def brpop(client: Client, *words: bytes) -> Reply:
    """Remove and return the last element of a list, or wait for one."""
    return blocking_pop(client, words, RIGHT)


# Moving


def move(client: Client, source: bytes, destination: bytes, origin: bytes, target: bytes) -> bytes | None:
    """Move an element from one end of a list to one end of another, or of the same."""
    db = client.db
    value = db.write(source, List)
    if value is None:
        return None
    other = db.write(destination, List)
    element = value.pop_left() if origin == LEFT else value.pop_right()
    push(db, destination, other, LEFT if target == LEFT else RIGHT, (element,))
    db.shrunk(source, value, b"lpop" if origin == LEFT else b"rpop", LIST)
    return element


@command("LMOVE source destination <LEFT | RIGHT> <LEFT | RIGHT>", WRITE | DENYOOM, since="6.2.0")
def lmove(client: Client, source: bytes, destination: bytes, origin: bytes, target: bytes) -> Reply:
    """Move an element from one list to another and return it."""
    return move(client, source, destination, end(origin), end(target))


@command("RPOPLPUSH source destination", WRITE | DENYOOM, since="1.2.0", replaced_by="LMOVE with RIGHT and LEFT")
def rpoplpush(client: Client, source: bytes, destination: bytes) -> Reply:
    """Move the last element of a list to the head of another and return it."""
    return move(client, source, destination, RIGHT, LEFT)


@command(
    "BLMOVE source destination <LEFT | RIGHT> <LEFT | RIGHT> timeout", WRITE | DENYOOM | BLOCKING, since="6.2.0"
)
def blmove(
    client: Client, source: bytes, destination: bytes, origin: bytes, target: bytes, seconds: bytes
) -> Reply:
    """Move an element from one list to another and return it, or wait for one."""
    origin, target = end(origin), end(target)
    deadline = timeout(seconds, client.db.keyspace.now())
    element = move(client, source, destination, origin, target)
    if element is None:
        return Block([source], deadline, NULL_ARRAY, kind=List, at_once=None)
    client.server.effects.rewrite(b"LMOVE", source, destination, origin, target)
    return element


@command(
    "BRPOPLPUSH source destination timeout", WRITE | DENYOOM | BLOCKING,
    since="2.2.0", replaced_by="BLMOVE with RIGHT and LEFT",
)  # fmt: skip
def brpoplpush(client: Client, source: bytes, destination: bytes, seconds: bytes) -> Reply:
    """Move the last element of a list to the head of another and return it, or wait for one."""
    deadline = timeout(seconds, client.db.keyspace.now())
    element = move(client, source, destination, RIGHT, LEFT)
    if element is None:
        return Block([source], deadline, NULL_ARRAY, kind=List, at_once=None)
    client.server.effects.rewrite(b"RPOPLPUSH", source, destination)
    return element


# Reading and changing in place


@command("LLEN key", READONLY | FAST, since="1.0.0")
def llen(client: Client, key: bytes) -> Reply:
    """Return the length of a list."""
    value = client.db.read(key, List)
    return 0 if value is None else len(value)


@command("LRANGE key start stop", READONLY, since="1.0.0", complexity="O(N) for N returned elements.")
def lrange(client: Client, key: bytes, start: bytes, stop: bytes) -> Reply:
    """Return a range of elements."""
    integer(start), integer(stop)
    value = client.db.read(key, List)
    return [] if value is None else value.slice(*span(start, stop, len(value)))


@command("LINDEX key index", READONLY, since="1.0.0")
def lindex(client: Client, key: bytes, index: bytes) -> Reply:
    """Return the element at an index."""
    value = client.db.read(key, List)
    if value is None:
        return None
    position = integer(index)
    position += len(value) if position < 0 else 0
    return value[position] if 0 <= position < len(value) else None


@command("LSET key index element", WRITE | DENYOOM, since="1.0.0")
def lset(client: Client, key: bytes, index: bytes, element: bytes) -> Reply:
    """Replace the element at an index."""
    value = client.db.write(key, List)
    if value is None:
        raise CommandError(NO_SUCH_KEY)
    position = integer(index)
    position += len(value) if position < 0 else 0
    if not 0 <= position < len(value):
        raise CommandError(INDEX_OUT_OF_RANGE)
    value[position] = element
    client.db.changed(key, b"lset", LIST)
    return OK


@command("LTRIM key start stop", WRITE, since="1.0.0", complexity="O(N) for N removed elements.")
def ltrim(client: Client, key: bytes, start: bytes, stop: bytes) -> Reply:
    """Remove all elements outside of a range."""
    integer(start), integer(stop)
    value = client.db.write(key, List)
    if value is None:
        return OK
    length = len(value)
    first, last = span(start, stop, length)
    value.delete(last, length)
    value.delete(0, first)
    client.db.shrunk(key, value, b"ltrim", LIST, length - len(value))
    return OK


@command("LREM key count element", WRITE, since="1.0.0", complexity="O(N) for a list of N elements.")
def lrem(client: Client, key: bytes, count: bytes, element: bytes) -> Reply:
    """Remove elements that equal one: the first ones, with a negative count the last ones, with 0 all."""
    limit = integer_in_range(count)
    value = client.db.write(key, List)
    if value is None:
        return 0
    elements = list(value) if limit >= 0 else list(value)[::-1]
    equal = [index for index, present in enumerate(elements) if present == element]
    if limit:
        del equal[abs(limit) :]
    if not equal:
        return 0
    removed = set(equal)
    kept = [present for index, present in enumerate(elements) if index not in removed]
    value.replace(kept if limit >= 0 else kept[::-1])
    client.db.shrunk(key, value, b"lrem", LIST, len(equal))
    return len(equal)


@command(
    "LPOS key element [RANK rank] [COUNT num-matches] [MAXLEN len]", READONLY,
    since="6.0.6", complexity="O(N) for a list of N elements.",
)  # fmt: skip
def lpos(client: Client, key: bytes, element: bytes, *options: bytes) -> Reply:
    """Return the indexes of elements that equal one."""
    rank, count, longest = 1, None, 0
    words = iter(options)
    for option in words:
        word = next(words, None)
        match option.upper(), word:
            case _, None:
                raise CommandError(SYNTAX)
            case b"RANK", bytes():
                rank = integer_in_range(word)
                if not rank:
                    raise CommandError(RANK_ZERO)
            case b"COUNT", bytes():
                count = integer_between(word, 0, MAX_INTEGER, b"ERR COUNT can't be negative")
            case b"MAXLEN", bytes():
                longest = integer_between(word, 0, MAX_INTEGER, b"ERR MAXLEN can't be negative")
            case _:
                raise CommandError(SYNTAX)
    value = client.db.read(key, List)
    matches = [] if value is None else positions(value, element, rank, count, longest)
    if count is None:
        return matches[0] if matches else None
    return matches


RANK_ZERO = (
    b"ERR RANK can't be zero: use 1 to start from the first match, 2 from the second ... "
    b"or use negative to start from the end of the list"
)


def positions(value: List, element: bytes, rank: int, count: int | None, longest: int) -> list[int]:
    """Find an element from the rank-th match on, seen from the tail for a negative rank.

    `count` is how many matches are wanted (None: one, 0: all), `longest` how many elements to compare (0: all).
    """
    length = len(value)
    compared = min(longest or length, length)
    wanted = (abs(rank) - 1) + (1 if count is None else count)
    found = []
    elements = value.slice(0, compared) if rank > 0 else value.slice(length - compared, length)[::-1]
    for index, present in enumerate(elements):
        if present == element:
            found.append(index if rank > 0 else length - 1 - index)
            if count != 0 and len(found) == wanted:
                break
    return found[abs(rank) - 1 :]


def integer_in_range(word: bytes) -> int:
    """Read an integer that can be negated."""
    value = integer(word)
    if value < -MAX_INTEGER:
        raise CommandError(b"ERR value is out of range, value must between %d and %d" % (-MAX_INTEGER, MAX_INTEGER))
    return value
