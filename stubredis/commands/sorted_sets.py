"""Sorted sets: members with scores, added, removed, popped at both ends, also by clients that wait for them.

Ranges are in sorted_set_ranges.py, unions, intersections and differences in sorted_set_algebra.py.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence

from stubredis.arguments import (
    MAX_INTEGER,
    double,
    integer_between,
    multiple_pop_arguments,
    random_count,
    scan_cursor,
    scan_options,
    timeout,
)
from stubredis.client import Client
from stubredis.command import BLOCKING, DENYOOM, FAST, READONLY, WRITE, group
from stubredis.datatypes.floats import format_double
from stubredis.datatypes.sorted_sets import SortedSet
from stubredis.errors import NOT_POSITIVE, SYNTAX, CommandError
from stubredis.keyspace import SORTED_SET, Database
from stubredis.protocol.replies import NULL_ARRAY, Block, Pairs, Reply

command = group("sorted-set")

NX, XX, GT, LT, CH, INCR = b"NX", b"XX", b"GT", b"LT", b"CH", b"INCR"
ADD_OPTIONS = {NX, XX, GT, LT, CH, INCR}

NOT_A_NUMBER = b"ERR resulting score is not a number (NaN)"
NX_AND_XX = b"ERR XX and NX options at the same time are not compatible"
CONFLICTING_CONDITIONS = b"ERR GT, LT, and/or NX options at the same time are not compatible"
MANY_INCREMENTS = b"ERR INCR option supports a single increment-element pair"

MIN, MAX = b"MIN", b"MAX"
POPPED = {MIN: b"zpopmin", MAX: b"zpopmax"}
"""The events of what happens at an end of a sorted set."""
POP = {MIN: b"ZPOPMIN", MAX: b"ZPOPMAX"}


# Adding and removing


def sorted_set_to_change(db: Database, key: bytes) -> SortedSet:
    """Return the sorted set of a key, which is created if it does not exist."""
    value = db.write(key, SortedSet)
    if value is None:
        value = SortedSet()
        db.add(key, value)
    return value


@command(
    "ZADD key [NX | XX] [GT | LT] [CH] [INCR] score member [score member ...]",
    WRITE | DENYOOM | FAST,
    since="1.2.0",
    key_access="RW update",
    complexity="O(log(N)) for every member, N being the members of the sorted set.",
)
def zadd(client: Client, key: bytes, *words: bytes) -> Reply:
    """Add members to a sorted set, or change their scores."""
    if len(words) == 2 and words[0].upper() not in ADD_OPTIONS:  # the most frequent form, at half the cost
        score = double(words[0])
        old = sorted_set_to_change(client.db, key).set(words[1], score)
        if old != score:
            client.db.changed(key, b"zadd", SORTED_SET)
        return 1 if old is None else 0
    first = 0
    while first < len(words) and words[first].upper() in ADD_OPTIONS:
        first += 1
    return add(client, key, {word.upper() for word in words[:first]}, words[first:])


@command(
    "ZINCRBY key increment member",
    WRITE | DENYOOM | FAST,
    since="1.2.0",
    key_access="RW access update",
    complexity="O(log(N)) for a sorted set of N members.",
)
def zincrby(client: Client, key: bytes, increment: bytes, member: bytes) -> Reply:
    """Add to the score of a member, which is 0 if the member does not exist."""
    if increment.upper() in ADD_OPTIONS:  # Redis reads it as one, and then misses the increment
        raise CommandError(SYNTAX)
    amount = double(increment)
    value = sorted_set_to_change(client.db, key)
    old = value.scores.get(member)
    score = amount if old is None else sum_of(old, amount)
    if score != old:
        value.set(member, score)
        client.db.changed(key, b"zincr", SORTED_SET)
    return score


def add(client: Client, key: bytes, options: Collection[bytes], words: Sequence[bytes]) -> Reply:
    """Set scores, which `words` gives in turns with their members, under the conditions of the options of ZADD.

    Returns how many members are new, with CH how many have changed, with INCR the score or None if nothing was done.
    """
    if len(words) % 2 or not words:
        raise CommandError(SYNTAX)
    if NX in options and XX in options:
        raise CommandError(NX_AND_XX)
    if (NX in options) + (GT in options) + (LT in options) > 1:
        raise CommandError(CONFLICTING_CONDITIONS)
    if INCR in options and len(words) > 2:
        raise CommandError(MANY_INCREMENTS)
    scores = [double(word) for word in words[::2]]
    db = client.db
    if XX in options and db.write(key, SortedSet) is None:
        return None if INCR in options else 0
    value = sorted_set_to_change(db, key)
    value.expect(len(scores))
    added = updated = 0
    result: float | None = None
    for score, member in zip(scores, words[1::2], strict=True):
        old = value.scores.get(member)
        result = permitted(options, old, score)
        if result is not None and result != old:
            value.set(member, result)
            if old is None:
                added += 1
            else:
                updated += 1
    if added or updated:
        db.changed(key, b"zincr" if INCR in options else b"zadd", SORTED_SET, added + updated)
    if INCR in options:
        return result
    return added + updated if CH in options else added


def permitted(options: Collection[bytes], old: float | None, score: float) -> float | None:
    """Return the score that a member gets instead of its old one, None if it must not get it."""
    if old is None:
        return None if XX in options else score
    if NX in options:
        return None
    if INCR in options:
        score = sum_of(old, score)
    if (LT in options and score >= old) or (GT in options and score <= old):
        return None
    return score


def sum_of(score: float, increment: float) -> float:
    """Add to a score; infinity and its opposite have no sum."""
    total = score + increment
    if math.isnan(total):
        raise CommandError(NOT_A_NUMBER)
    return total


@command(
    "ZREM key member [member ...]",
    WRITE | FAST,
    since="1.2.0",
    key_access="RW delete",
    complexity="O(M*log(N)) for M of N members.",
)
def zrem(client: Client, key: bytes, *members: bytes) -> Reply:
    """Remove members; the key goes with the last one."""
    value = client.db.write(key, SortedSet)
    if value is None:
        return 0
    removed = sum(map(value.remove, members))
    if removed:
        client.db.shrunk(key, value, b"zrem", SORTED_SET, removed)
    return removed


# Reading


@command("ZCARD key", READONLY | FAST, since="1.2.0", key_access="RO")
def zcard(client: Client, key: bytes) -> Reply:
    """Count the members of a sorted set."""
    value = client.db.read(key, SortedSet)
    return 0 if value is None else len(value)


@command("ZSCORE key member", READONLY | FAST, since="1.2.0")
def zscore(client: Client, key: bytes, member: bytes) -> Reply:
    """Return the score of a member."""
    value = client.db.read(key, SortedSet)
    return None if value is None else value.scores.get(member)


@command("ZMSCORE key member [member ...]", READONLY | FAST, since="6.2.0", complexity="O(N) for N requested members.")
def zmscore(client: Client, key: bytes, *members: bytes) -> Reply:
    """Return the scores of several members."""
    value = client.db.read(key, SortedSet)
    return [None] * len(members) if value is None else list(map(value.scores.get, members))


def find_rank(client: Client, key: bytes, member: bytes, option: bytes | None, *, reverse: bool) -> Reply:
    """Answer ZRANK and ZREVRANK."""
    if option is not None and option.upper() != b"WITHSCORE":
        raise CommandError(SYNTAX)
    value = client.db.read(key, SortedSet)
    rank = None if value is None else value.rank(member)
    if value is None or rank is None:
        return None if option is None else NULL_ARRAY
    if reverse:
        rank = len(value) - 1 - rank
    return rank if option is None else [rank, value.scores[member]]


@command(
    "ZRANK key member [WITHSCORE]",
    READONLY | FAST,
    since="2.0.0",
    newer={"7.2.0": "WITHSCORE"},
    complexity="O(log(N)) for a sorted set of N members.",
)
def zrank(client: Client, key: bytes, member: bytes, option: bytes | None = None) -> Reply:
    """Count the members before one, from the lowest score."""
    return find_rank(client, key, member, option, reverse=False)


@command(
    "ZREVRANK key member [WITHSCORE]",
    READONLY | FAST,
    since="2.0.0",
    newer={"7.2.0": "WITHSCORE"},
    complexity="O(log(N)) for a sorted set of N members.",
)
def zrevrank(client: Client, key: bytes, member: bytes, option: bytes | None = None) -> Reply:
    """Count the members before one, from the highest score."""
    return find_rank(client, key, member, option, reverse=True)


@command("ZRANDMEMBER key [count [WITHSCORES]]", READONLY, since="6.2.0", complexity="O(N) for N returned members.")
def zrandmember(client: Client, key: bytes, *options: bytes) -> Reply:
    """Return random members: different ones for a positive count, with repetitions for a negative one."""
    if not options:
        value = client.db.read(key, SortedSet)
        return value.random_members(1)[0] if value else None
    count = random_count(options[0])
    if len(options) > 2 or (len(options) == 2 and options[1].upper() != b"WITHSCORES"):
        raise CommandError(SYNTAX)
    with_scores = len(options) == 2
    if with_scores and count > MAX_INTEGER // 2:
        raise CommandError(b"ERR value is out of range")
    value = client.db.read(key, SortedSet)
    if not value or not count:
        return []
    members = value.random_members(-count) if count < 0 else value.distinct_members(count)
    return Pairs((member, value.scores[member]) for member in members) if with_scores else members


@command(
    "ZSCAN key cursor [MATCH pattern] [COUNT count] [NOSCORES]",
    READONLY,
    since="2.8.0",
    newer={"valkey-8.0.0": "NOSCORES"},
    complexity="O(1) for every call, O(N) for a complete iteration of N members.",
)
def zscan(client: Client, key: bytes, cursor: bytes, *words: bytes) -> Reply:
    """Go on with a scan of the members of a sorted set."""
    position = scan_cursor(cursor)
    value = client.db.read(key, SortedSet)
    if value is None:
        return [b"0", []]
    options = scan_options(words, command="ZSCAN")
    scans = client.db.keyspace.scans
    owner = client.db.index, key
    if value.encoding == b"listpack":
        following, members = scans.step(owner, value, position, len(value))
    else:
        following, members = scans.step(owner, value.scores, position, options.count)
    members = options.matching(members)
    if options.only_names:
        return [b"%d" % following, members]
    # The score of a skiplist goes through a long double here, and shows all the digits of a double.
    text = format_double if value.encoding == b"listpack" else b"%.17g".__mod__
    return [b"%d" % following, [word for member in members for word in (member, text(value.scores[member]))]]


# Popping


def pop(db: Database, key: bytes, value: SortedSet, where: bytes, count: int) -> list[tuple[bytes, float]]:
    """Remove and return up to `count` members with their scores, the outermost first."""
    length = len(value)
    count = min(count, length)
    if where == MIN:
        pairs = value.delete(0, count)
    else:
        pairs = value.delete(length - count, length)
        pairs.reverse()
    db.shrunk(key, value, POPPED[where], SORTED_SET, count)
    return pairs


def pop_one_or_many(client: Client, key: bytes, where: bytes, words: Sequence[bytes]) -> Reply:
    """Answer ZPOPMIN and ZPOPMAX: without a count one member and its score, with it pairs."""
    if len(words) > 1:
        raise CommandError(SYNTAX)
    count = integer_between(words[0], 0, MAX_INTEGER, NOT_POSITIVE) if words else 1
    value = client.db.write(key, SortedSet)
    if value is None or not count:
        return []
    pairs = pop(client.db, key, value, where, count)
    return Pairs(pairs) if words else pairs[0]


@command(
    "ZPOPMIN key [count]",
    WRITE | FAST,
    since="5.0.0",
    key_access="RW access delete",
    complexity="O(M*log(N)) for M of N members.",
)
def zpopmin(client: Client, key: bytes, *count: bytes) -> Reply:
    """Remove and return the members with the lowest scores."""
    return pop_one_or_many(client, key, MIN, count)


@command(
    "ZPOPMAX key [count]",
    WRITE | FAST,
    since="5.0.0",
    key_access="RW access delete",
    complexity="O(M*log(N)) for M of N members.",
)
def zpopmax(client: Client, key: bytes, *count: bytes) -> Reply:
    """Remove and return the members with the highest scores."""
    return pop_one_or_many(client, key, MAX, count)


def first_sorted_set(db: Database, keys: Sequence[bytes]) -> tuple[bytes, SortedSet] | None:
    """Return the first key that exists and its sorted set; WRONGTYPE if it holds something else."""
    for key in keys:
        value = db.write(key, SortedSet)
        if value is not None:
            return key, value
    return None


def multiple_pop(client: Client, keys: Sequence[bytes], where: bytes, count: int) -> Reply:
    """Pop from the first sorted set that exists, if there is one."""
    found = first_sorted_set(client.db, keys)
    if found is None:
        return None
    key, value = found
    pairs = pop(client.db, key, value, where, count)
    client.server.effects.rewrite(POP[where], key, b"%d" % len(pairs))
    return [key, pairs]


@command(
    "ZMPOP numkeys key [key ...] <MIN | MAX> [COUNT count]",
    WRITE,
    since="7.0.0",
    key_access="RW access delete",
    complexity="O(K)+O(M*log(N)) for K keys and M of N members.",
)
def zmpop(client: Client, numkeys: bytes, *words: bytes) -> Reply:
    """Remove and return members of the first sorted set that exists."""
    keys, where, count = multiple_pop_arguments(numkeys, words, (MIN, MAX))
    return multiple_pop(client, keys, where, count) or NULL_ARRAY


@command(
    "BZMPOP timeout numkeys key [key ...] <MIN | MAX> [COUNT count]",
    WRITE | BLOCKING,
    since="7.0.0",
    key_access="RW access delete",
    complexity="O(K)+O(M*log(N)) for K keys and M of N members.",
)
def bzmpop(client: Client, seconds: bytes, numkeys: bytes, *words: bytes) -> Reply:
    """Remove and return members of the first sorted set that exists, or wait for one."""
    keys, where, count = multiple_pop_arguments(numkeys, words, (MIN, MAX))
    deadline = timeout(seconds, client.db.keyspace.now())
    return multiple_pop(client, keys, where, count) or Block(keys, deadline, NULL_ARRAY, kind=SortedSet)


def blocking_pop(client: Client, words: Sequence[bytes], where: bytes) -> Reply:
    """Answer BZPOPMIN and BZPOPMAX: pop from the first sorted set that exists, or wait for one."""
    keys = words[:-1]
    deadline = timeout(words[-1], client.db.keyspace.now())
    found = first_sorted_set(client.db, keys)
    if found is None:
        return Block(keys, deadline, NULL_ARRAY, kind=SortedSet)
    key, value = found
    [(member, score)] = pop(client.db, key, value, where, 1)
    client.server.effects.rewrite(POP[where], key)
    return [key, member, score]


@command(
    "BZPOPMIN key [key ...] timeout",
    WRITE | BLOCKING | FAST,
    since="5.0.0",
    key_access="RW access delete",
    complexity="O(log(N)) for a sorted set of N members.",
)
def bzpopmin(client: Client, *words: bytes) -> Reply:
    """Remove and return the member with the lowest score, or wait for one."""
    return blocking_pop(client, words, MIN)


@command(
    "BZPOPMAX key [key ...] timeout",
    WRITE | BLOCKING | FAST,
    since="5.0.0",
    key_access="RW access delete",
    complexity="O(log(N)) for a sorted set of N members.",
)
def bzpopmax(client: Client, *words: bytes) -> Reply:
    """Remove and return the member with the highest score, or wait for one."""
    return blocking_pop(client, words, MAX)
