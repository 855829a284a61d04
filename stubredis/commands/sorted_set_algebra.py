"""Unions, intersections and differences of sorted sets, and of sets, whose members count with a score of 1."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Collection, Iterable, Sequence
from itertools import islice
from typing import TypeAlias

from stubredis.arguments import MAX_INTEGER, double, integer, integer_between
from stubredis.client import Client
from stubredis.command import DENYOOM, READONLY, WRITE, group
from stubredis.datatypes.sets import Set
from stubredis.datatypes.sorted_sets import SortedSet, ranked
from stubredis.errors import SYNTAX, WRONG_TYPE, CommandError
from stubredis.keyspace import GENERIC, SORTED_SET, Database
from stubredis.protocol.replies import Pairs, Reply

command = group("sorted-set")

NO_WEIGHT = b"ERR weight value is not a float"
NEGATIVE_LIMIT = b"ERR LIMIT can't be negative"

Scores: TypeAlias = dict[bytes, float]
Aggregate: TypeAlias = Callable[[float, float], float]


class Source:
    """One of the inputs, and how much its scores count."""

    __slots__ = ("members", "scores", "weight")

    def __init__(self, members: Collection[bytes], scores: Scores | None) -> None:
        self.members = members
        self.scores = scores
        """None where each member has a score of 1."""
        self.weight = 1.0

    def pairs(self) -> Iterable[tuple[bytes, float]]:
        """All members with their weighted scores, in no particular order."""
        weight = self.weight
        if self.scores is None:
            return ((member, weight) for member in self.members)
        if weight == 1:
            return self.scores.items()
        return ((member, weighted(score, weight)) for member, score in self.scores.items())

    def score(self, member: bytes) -> float | None:
        """Return the weighted score of a member, None if it is not there.

        Infinity times 0 is no number here, as in Redis: minimum and maximum disregard it, and a sum becomes 0.
        """
        if self.scores is None:
            return self.weight if member in self.members else None
        score = self.scores.get(member)
        return None if score is None else score * self.weight


def weighted(score: float, weight: float) -> float:
    """Multiply; infinity times 0 is 0."""
    product = score * weight
    return 0.0 if math.isnan(product) else product


def added(first: float, second: float) -> float:
    """Add; infinity and its opposite are 0 together."""
    total = first + second
    return 0.0 if math.isnan(total) else total


AGGREGATES: dict[bytes, Aggregate] = {b"SUM": added, b"MIN": min, b"MAX": max}


# The request


def read_sources(db: Database, numkeys: bytes, words: Sequence[bytes], name: str) -> tuple[list[Source], deque[bytes]]:
    """Read the number of keys and look the keys up; return what they hold, and the options behind them."""
    number = integer(numkeys)
    if number < 1:
        raise CommandError(b"ERR at least 1 input key is needed for '%b' command" % name.encode())
    if number > len(words):
        raise CommandError(SYNTAX)
    return [source(db, key) for key in words[:number]], deque(words[number:])


def source(db: Database, key: bytes) -> Source:
    """Look up a key; one that does not exist is empty."""
    value = db.lookup_read(key)
    if value is None:
        return Source((), None)
    if type(value) is SortedSet:
        return Source(value.scores, value.scores)
    if type(value) is Set:
        return Source(value, None)
    raise CommandError(WRONG_TYPE)


def read_options(words: deque[bytes], sources: list[Source], *, scores_asked: bool) -> tuple[Aggregate, bool]:
    """Read WEIGHTS, which goes into the sources, AGGREGATE and, unless the result is stored, WITHSCORES."""
    aggregate, with_scores = AGGREGATES[b"SUM"], False
    while words:
        option = words.popleft().upper()
        if option == b"WEIGHTS" and len(words) >= len(sources):
            for each in sources:
                each.weight = double(words.popleft(), NO_WEIGHT)
        elif option == b"AGGREGATE" and words and words[0].upper() in AGGREGATES:
            aggregate = AGGREGATES[words.popleft().upper()]
        elif option == b"WITHSCORES" and scores_asked:
            with_scores = True
        else:
            raise CommandError(SYNTAX)
    return aggregate, with_scores


def only_with_scores(words: Collection[bytes]) -> bool:
    """Read the only option of ZDIFF."""
    if any(word.upper() != b"WITHSCORES" for word in words):
        raise CommandError(SYNTAX)
    return bool(words)


# The result


def union(sources: list[Source], aggregate: Aggregate) -> Scores:
    """Return the members of any source. The smallest source comes first, which shows where sums are rounded."""
    scores: Scores = {}
    for each in sorted(sources, key=lambda source: len(source.members)):
        for member, score in each.pairs():
            scores[member] = aggregate(scores[member], score) if member in scores else score
    return scores


def intersection(sources: list[Source], aggregate: Aggregate) -> Scores:
    """Return the members of all sources."""
    smallest, *others = sorted(sources, key=lambda source: len(source.members))
    scores: Scores = {}
    for member, score in smallest.pairs():
        for other in others:
            found = other.score(member)
            if found is None:
                break
            score = aggregate(score, found)
        else:
            scores[member] = score
    return scores


def difference(sources: list[Source]) -> Scores:
    """Return the members of the first source that are in no other one."""
    first, *others = (source.members for source in sources)
    left = dict(sources[0].pairs())
    for members in others:
        if members is first:
            return {}
        if len(members) < len(left):
            for member in members:
                left.pop(member, None)
        else:
            left = {member: score for member, score in left.items() if member not in members}
    return left


def reply_with(scores: Scores, *, with_scores: bool) -> Reply:
    """Return members in the order of their scores."""
    ranking = ranked(scores)
    return Pairs(ranking.pairs(0, len(scores))) if with_scores else list(ranking)


def store(db: Database, destination: bytes, scores: Scores, event: bytes) -> int:
    """Store the result in a key, which is deleted if there is none, and return its size."""
    if scores:
        db.store(destination, SortedSet(scores.items()))
        db.changed(destination, event, SORTED_SET)
    elif db.lookup_write(destination) is not None:
        db.delete(destination)
        db.changed(destination, b"del", GENERIC)
    return len(scores)


# The commands


@command(
    "ZUNION numkeys key [key ...] [WEIGHTS weight [weight ...]] [AGGREGATE SUM | MIN | MAX] [WITHSCORES]",
    READONLY,
    since="6.2.0",
    complexity="O(N)+O(M*log(M)) for N members of all inputs and M of the result.",
)
def zunion(client: Client, numkeys: bytes, *words: bytes) -> Reply:
    """Return the union of sorted sets."""
    sources, options = read_sources(client.db, numkeys, words, "zunion")
    aggregate, with_scores = read_options(options, sources, scores_asked=True)
    return reply_with(union(sources, aggregate), with_scores=with_scores)


@command(
    "ZUNIONSTORE destination numkeys key [key ...] [WEIGHTS weight [weight ...]] [AGGREGATE SUM | MIN | MAX]",
    WRITE | DENYOOM,
    since="2.0.0",
    key_access="OW update; RO access",
    complexity="O(N)+O(M*log(M)) for N members of all inputs and M of the result.",
)
def zunionstore(client: Client, destination: bytes, numkeys: bytes, *words: bytes) -> Reply:
    """Store the union of sorted sets."""
    sources, options = read_sources(client.db, numkeys, words, "zunionstore")
    aggregate, _ = read_options(options, sources, scores_asked=False)
    return store(client.db, destination, union(sources, aggregate), b"zunionstore")


@command(
    "ZINTER numkeys key [key ...] [WEIGHTS weight [weight ...]] [AGGREGATE SUM | MIN | MAX] [WITHSCORES]",
    READONLY,
    since="6.2.0",
    complexity="O(N*K)+O(M*log(M)) for N members of the smallest of K inputs and M of the result.",
)
def zinter(client: Client, numkeys: bytes, *words: bytes) -> Reply:
    """Return the intersection of sorted sets."""
    sources, options = read_sources(client.db, numkeys, words, "zinter")
    aggregate, with_scores = read_options(options, sources, scores_asked=True)
    return reply_with(intersection(sources, aggregate), with_scores=with_scores)


@command(
    "ZINTERSTORE destination numkeys key [key ...] [WEIGHTS weight [weight ...]] [AGGREGATE SUM | MIN | MAX]",
    WRITE | DENYOOM,
    since="2.0.0",
    key_access="OW update; RO access",
    complexity="O(N*K)+O(M*log(M)) for N members of the smallest of K inputs and M of the result.",
)
def zinterstore(client: Client, destination: bytes, numkeys: bytes, *words: bytes) -> Reply:
    """Store the intersection of sorted sets."""
    sources, options = read_sources(client.db, numkeys, words, "zinterstore")
    aggregate, _ = read_options(options, sources, scores_asked=False)
    return store(client.db, destination, intersection(sources, aggregate), b"zinterstore")


@command(
    "ZINTERCARD numkeys key [key ...] [LIMIT limit]",
    READONLY,
    since="7.0.0",
    complexity="O(N*K) for N members of the smallest of K inputs.",
)
def zintercard(client: Client, numkeys: bytes, *words: bytes) -> Reply:
    """Count the members of an intersection, up to a limit."""
    sources, options = read_sources(client.db, numkeys, words, "zintercard")
    limit = 0
    while options:
        if options.popleft().upper() != b"LIMIT" or not options:
            raise CommandError(SYNTAX)
        limit = integer_between(options.popleft(), 0, MAX_INTEGER, NEGATIVE_LIMIT)
    smallest, *others = sorted((source.members for source in sources), key=len)
    common = (member for member in smallest if all(member in members for members in others))
    return sum(1 for _ in islice(common, min(limit or len(smallest), len(smallest))))


@command(
    "ZDIFF numkeys key [key ...] [WITHSCORES]",
    READONLY,
    since="6.2.0",
    complexity="O(N)+O(M*log(M)) for N members of all inputs and M of the result.",
)
def zdiff(client: Client, numkeys: bytes, *words: bytes) -> Reply:
    """Return the difference between a sorted set and others."""
    sources, options = read_sources(client.db, numkeys, words, "zdiff")
    return reply_with(difference(sources), with_scores=only_with_scores(options))


@command(
    "ZDIFFSTORE destination numkeys key [key ...]",
    WRITE | DENYOOM,
    since="6.2.0",
    key_access="OW update; RO access",
    complexity="O(N)+O(M*log(M)) for N members of all inputs and M of the result.",
)
def zdiffstore(client: Client, destination: bytes, numkeys: bytes, *words: bytes) -> Reply:
    """Store the difference between a sorted set and others."""
    sources, options = read_sources(client.db, numkeys, words, "zdiffstore")
    if options:
        raise CommandError(SYNTAX)
    return store(client.db, destination, difference(sources), b"zdiffstore")
