"""Ranges of sorted sets by rank, by score and by member: returned, stored, counted or removed.

All of them come down to a span of ranks.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from stubredis.arguments import integer, score_bound
from stubredis.client import Client
from stubredis.command import DENYOOM, FAST, READONLY, WRITE, group
from stubredis.datatypes.sorted_sets import LexBound, SortedSet
from stubredis.errors import SYNTAX, CommandError
from stubredis.keyspace import GENERIC, SORTED_SET
from stubredis.protocol.replies import Pairs, Reply

command = group("sorted-set")

BY_RANK, BY_SCORE, BY_LEX = b"BYRANK", b"BYSCORE", b"BYLEX"

NOT_A_LEX_BOUND = b"ERR min or max not valid string range item"
LIMIT_WITH_RANKS = b"ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX"
SCORES_WITH_LEX = b"ERR syntax error, WITHSCORES not supported in combination with BYLEX"

O_LOG_N_PLUS_M = "O(log(N)+M) for a sorted set of N members and M of them returned."


class Range:
    """What a request asks for: the kind of its bounds, the bounds, the direction and how much of what lies within."""

    __slots__ = ("_bounds", "_kind", "_limit", "_offset", "reverse", "with_scores")

    def __init__(
        self,
        first: bytes,
        last: bytes,
        options: Sequence[bytes] = (),
        *,
        kind: bytes | None = None,
        reverse: bool | None = None,
        stored: bool = False,
    ) -> None:
        """Read the bounds, in the order of the direction, and the options. What the command decides is no option."""
        self.with_scores = False
        self.reverse = bool(reverse)
        self._kind = kind or BY_RANK
        self._offset, self._limit = 0, -1
        if options:
            self._read_options(options, kind, reverse, stored)
        self._bounds: tuple[Any, Any]
        if self._kind == BY_RANK:
            self._bounds = integer(first), integer(last)
        else:
            read = score_bound if self._kind == BY_SCORE else lex_bound
            low, high = (last, first) if self.reverse else (first, last)
            self._bounds = read(low), read(high)

    def _read_options(self, options: Sequence[bytes], kind: bytes | None, reverse: bool | None, stored: bool) -> None:
        words = iter(options)
        left = len(options)
        for word in words:
            left -= 1
            match word.upper():
                case b"WITHSCORES" if not stored:
                    self.with_scores = True
                case b"LIMIT" if left >= 2:
                    self._offset, self._limit = integer(next(words)), integer(next(words))
                    left -= 2
                case b"REV" if reverse is None:
                    reverse = True
                case b"BYLEX" | b"BYSCORE" as chosen if kind is None:
                    kind = chosen
                case _:
                    raise CommandError(SYNTAX)
        self._kind = kind or BY_RANK
        self.reverse = bool(reverse)
        if self._kind == BY_RANK and self._limit != -1:
            raise CommandError(LIMIT_WITH_RANKS)
        if self._kind == BY_LEX and self.with_scores:
            raise CommandError(SCORES_WITH_LEX)

    def span(self, value: SortedSet) -> tuple[int, int]:
        """Return the rank of the first member from the lowest score, and the one behind the last."""
        first, last = self._bounds
        length = len(value)
        if self._kind == BY_RANK:
            start, stop = span_of_ranks(first, last, length)
            return (length - stop, length - start) if self.reverse else (start, stop)
        if self._kind == BY_SCORE:
            start, stop = value.span_of_scores(first[0], last[0], above_low=first[1], below_high=last[1])
        else:
            start, stop = value.span_of_members(first, last, from_end=self.reverse)
        if self._offset or self._limit >= 0:
            return self._limited(start, stop)
        return start, stop

    def _limited(self, start: int, stop: int) -> tuple[int, int]:
        """Take the part of a span that LIMIT asks for: a negative offset is none, a negative count all of it."""
        if self._offset < 0:
            return 0, 0
        skipped = min(self._offset, stop - start)
        taken = stop - start - skipped
        if self._limit >= 0:
            taken = min(taken, self._limit)
        if self.reverse:
            return stop - skipped - taken, stop - skipped
        return start + skipped, start + skipped + taken


def span_of_ranks(first: int, last: int, length: int) -> tuple[int, int]:
    """Turn two ranks, both included and negative from the end, into a slice within 0 and the length."""
    start = max(first + length, 0) if first < 0 else min(first, length)
    stop = last + length + 1 if last < 0 else min(last + 1, length)
    return start, max(start, stop)


def lex_bound(word: bytes) -> LexBound:
    """Read one end of a range of members: `-`, `+`, or a member behind a bracket, round to exclude it."""
    mark, rest = word[:1], word[1:]
    if mark == b"[":
        return LexBound(0, rest)
    if mark == b"(":
        return LexBound(0, rest, exclusive=True)
    if mark in (b"-", b"+") and rest[:1] in (b"", b"\0"):  # Redis sees the end of a C string there
        return LexBound(-1 if mark == b"-" else 1)
    raise CommandError(NOT_A_LEX_BOUND)


# Returning


def reply_with(client: Client, key: bytes, wanted: Range) -> Reply:
    """Return the members of a range, in its direction and maybe with their scores."""
    value = client.db.read(key, SortedSet)
    if value is None:
        return []
    start, stop = wanted.span(value)
    found: list[Any] = value.pairs(start, stop) if wanted.with_scores else value.members(start, stop)
    if wanted.reverse:
        found.reverse()
    return Pairs(found) if wanted.with_scores else found


@command(
    "ZRANGE key start stop [BYSCORE | BYLEX] [REV] [LIMIT offset count] [WITHSCORES]",
    READONLY,
    since="1.2.0",
    complexity=O_LOG_N_PLUS_M,
)
def zrange(client: Client, key: bytes, start: bytes, stop: bytes, *options: bytes) -> Reply:
    """Return a range of members, by rank unless an option says otherwise."""
    if not options:  # the most frequent form, at half the cost
        first, last = integer(start), integer(stop)
        value = client.db.read(key, SortedSet)
        return [] if value is None else value.members(*span_of_ranks(first, last, len(value)))
    return reply_with(client, key, Range(start, stop, options))


@command(
    "ZREVRANGE key start stop [WITHSCORES]",
    READONLY,
    since="1.2.0",
    complexity=O_LOG_N_PLUS_M,
    replaced_by="ZRANGE with the REV argument",
)
def zrevrange(client: Client, key: bytes, start: bytes, stop: bytes, *options: bytes) -> Reply:
    """Return a range of members by rank, from the highest score."""
    return reply_with(client, key, Range(start, stop, options, kind=BY_RANK, reverse=True))


@command(
    "ZRANGEBYSCORE key min max [WITHSCORES] [LIMIT offset count]",
    READONLY,
    since="1.0.5",
    complexity=O_LOG_N_PLUS_M,
    replaced_by="ZRANGE with the BYSCORE argument",
)
def zrangebyscore(client: Client, key: bytes, min: bytes, max: bytes, *options: bytes) -> Reply:
    """Return the members within a range of scores."""
    return reply_with(client, key, Range(min, max, options, kind=BY_SCORE, reverse=False))


@command(
    "ZREVRANGEBYSCORE key max min [WITHSCORES] [LIMIT offset count]",
    READONLY,
    since="2.2.0",
    complexity=O_LOG_N_PLUS_M,
    replaced_by="ZRANGE with the REV and BYSCORE arguments",
)
def zrevrangebyscore(client: Client, key: bytes, max: bytes, min: bytes, *options: bytes) -> Reply:
    """Return the members within a range of scores, from the highest one."""
    return reply_with(client, key, Range(max, min, options, kind=BY_SCORE, reverse=True))


@command(
    "ZRANGEBYLEX key min max [LIMIT offset count]",
    READONLY,
    since="2.8.9",
    complexity=O_LOG_N_PLUS_M,
    replaced_by="ZRANGE with the BYLEX argument",
)
def zrangebylex(client: Client, key: bytes, min: bytes, max: bytes, *options: bytes) -> Reply:
    """Return the members within a range of members, all of the same score."""
    return reply_with(client, key, Range(min, max, options, kind=BY_LEX, reverse=False))


@command(
    "ZREVRANGEBYLEX key max min [LIMIT offset count]",
    READONLY,
    since="2.8.9",
    complexity=O_LOG_N_PLUS_M,
    replaced_by="ZRANGE with the REV and BYLEX arguments",
)
def zrevrangebylex(client: Client, key: bytes, max: bytes, min: bytes, *options: bytes) -> Reply:
    """Return the members within a range of members, all of the same score, from the last one."""
    return reply_with(client, key, Range(max, min, options, kind=BY_LEX, reverse=True))


# Storing


@command(
    "ZRANGESTORE dst src min max [BYSCORE | BYLEX] [REV] [LIMIT offset count]",
    WRITE | DENYOOM,
    since="6.2.0",
    key_access="OW update; RO access",
    complexity="O(log(N)+M) for a sorted set of N members and M of them stored.",
)
def zrangestore(client: Client, dst: bytes, src: bytes, min: bytes, max: bytes, *options: bytes) -> Reply:
    """Store a range of members in a key, which is deleted if there are none."""
    wanted = Range(min, max, options, stored=True)
    db = client.db
    value = db.read(src, SortedSet)
    pairs = [] if value is None else value.pairs(*wanted.span(value))
    if pairs:
        db.store(dst, SortedSet(pairs))
        db.changed(dst, b"zrangestore", SORTED_SET)
    elif db.lookup_write(dst) is not None:
        db.delete(dst)
        db.changed(dst, b"del", GENERIC)
    return len(pairs)


# Counting


def count(client: Client, key: bytes, wanted: Range) -> int:
    """Count the members of a range."""
    value = client.db.read(key, SortedSet)
    if value is None:
        return 0
    start, stop = wanted.span(value)
    return stop - start


@command(
    "ZCOUNT key min max",
    READONLY | FAST,
    since="2.0.0",
    complexity="O(log(N)) for a sorted set of N members.",
)
def zcount(client: Client, key: bytes, min: bytes, max: bytes) -> Reply:
    """Count the members within a range of scores."""
    return count(client, key, Range(min, max, kind=BY_SCORE))


@command(
    "ZLEXCOUNT key min max",
    READONLY | FAST,
    since="2.8.9",
    complexity="O(log(N)) for a sorted set of N members.",
)
def zlexcount(client: Client, key: bytes, min: bytes, max: bytes) -> Reply:
    """Count the members within a range of members, all of the same score."""
    return count(client, key, Range(min, max, kind=BY_LEX))


# Removing


def remove(client: Client, key: bytes, wanted: Range, event: bytes) -> int:
    """Remove the members of a range; the key goes with the last one."""
    value = client.db.write(key, SortedSet)
    if value is None:
        return 0
    removed = len(value.delete(*wanted.span(value)))
    if removed:
        client.db.shrunk(key, value, event, SORTED_SET, removed)
    return removed


O_LOG_N_PLUS_M_REMOVED = "O(log(N)+M) for a sorted set of N members and M of them removed."


@command(
    "ZREMRANGEBYRANK key start stop",
    WRITE,
    since="2.0.0",
    key_access="RW delete",
    complexity=O_LOG_N_PLUS_M_REMOVED,
)
def zremrangebyrank(client: Client, key: bytes, start: bytes, stop: bytes) -> Reply:
    """Remove a range of members by rank."""
    return remove(client, key, Range(start, stop, kind=BY_RANK), b"zremrangebyrank")


@command(
    "ZREMRANGEBYSCORE key min max",
    WRITE,
    since="1.2.0",
    key_access="RW delete",
    complexity=O_LOG_N_PLUS_M_REMOVED,
)
def zremrangebyscore(client: Client, key: bytes, min: bytes, max: bytes) -> Reply:
    """Remove the members within a range of scores."""
    return remove(client, key, Range(min, max, kind=BY_SCORE), b"zremrangebyscore")


@command(
    "ZREMRANGEBYLEX key min max",
    WRITE,
    since="2.8.9",
    key_access="RW delete",
    complexity=O_LOG_N_PLUS_M_REMOVED,
)
def zremrangebylex(client: Client, key: bytes, min: bytes, max: bytes) -> Reply:
    """Remove the members within a range of members, all of the same score."""
    return remove(client, key, Range(min, max, kind=BY_LEX), b"zremrangebylex")
