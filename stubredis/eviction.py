"""Eviction: which keys go when memory is short.

As in Redis, the choice is an approximation. A few keys of each database are looked at, and those that fit the policy
best are remembered in a pool, so that each look makes the next choice better. The keys to look at come by in rounds
(datatypes/sample.py), because a dict cannot be sampled.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from stubredis.datatypes.census import cost
from stubredis.datatypes.sample import Round
from stubredis.datatypes.sizes import PLACE
from stubredis.keyspace import Database

if TYPE_CHECKING:
    from stubredis.server import Server

POOL = 16
"""So many candidates are remembered."""
UNLIMITED = 100
"""The `maxmemory-eviction-tenacity` that knows no limit of time."""

Fitness = Callable[[Database, bytes], int]
"""A number that is the higher, the sooner a key should go."""


class Evictions:
    """The choice of keys by `maxmemory-policy`."""

    __slots__ = ("_candidates", "_last", "_rounds", "_server")

    def __init__(self, server: Server) -> None:
        self._server = server
        self._rounds = [(Round(), Round()) for _ in server.keyspace.databases]
        """By database: those of all keys, and of the volatile ones."""
        self._candidates: list[tuple[int, int, bytes]] = []
        """The pool: (how well a key fits, database, key), the best one last."""
        self._last = 0
        """The database that lost a key last, with a random policy."""

    def forget(self) -> None:
        """Forget the candidates: they were chosen by another policy."""
        self._candidates.clear()

    @property
    def seconds(self) -> float | None:
        """For how long evicting may hold up everything else, by `maxmemory-eviction-tenacity`; None for any time."""
        tenacity = self._server.config.maxmemory_eviction_tenacity
        if tenacity == UNLIMITED:
            return None
        return (tenacity * 50 if tenacity <= 10 else 500 * 1.15 ** (tenacity - 10)) / 1e6

    def evict(self) -> Iterator[int]:
        """Evict one key after another, those first that fit the policy best, and yield the bytes that each took."""
        config = self._server.config
        name = b"UNLINK" if config.lazyfree_lazy_eviction else b"DEL"
        policy = config.maxmemory_policy
        if policy == "noeviction":
            return
        for database, key in self._at_random(policy) if policy.endswith("random") else self._by_fitness(policy):
            size = cost(key, database.values[key]) + PLACE
            database.evict(key, name)
            self._server.accesses.forget(database, key)
            yield size

    def _choices(self, policy: str) -> list[tuple[Database, Mapping[bytes, Any], Round]]:
        """By database, the keys among which a policy chooses, and their rounds."""
        databases = self._server.keyspace.databases
        if policy.startswith("volatile"):
            return [(each, each.deadlines, rounds[1]) for each, rounds in zip(databases, self._rounds, strict=True)]
        return [(each, each.values, rounds[0]) for each, rounds in zip(databases, self._rounds, strict=True)]

    def _at_random(self, policy: str) -> Iterator[tuple[Database, bytes]]:
        """Choose at random, from one database after another."""
        choices = self._choices(policy)
        vain = 0
        while vain < len(choices):
            self._last = (self._last + 1) % len(choices)
            database, keys, keys_round = choices[self._last]
            vain += 1
            for key in keys_round.draw(keys, 1):
                vain = 0
                yield database, key

    def _by_fitness(self, policy: str) -> Iterator[tuple[Database, bytes]]:
        """Look at some more keys, and choose the best one of all that were looked at, again and again."""
        choices = self._choices(policy)
        samples = self._server.config.maxmemory_samples
        fitness = self._fitness(policy)
        pool = self._candidates
        while any(keys for _, keys, _ in choices):
            for database, keys, keys_round in choices:
                if keys:
                    for key in keys_round.draw(keys, samples):
                        insort(pool, (fitness(database, key), database.index, key))
            del pool[:-POOL]
            while pool:
                _, index, key = pool.pop()
                database, keys, _ = choices[index]
                if key in keys:
                    yield database, key
                    break

    def _fitness(self, policy: str) -> Fitness:
        if policy == "volatile-ttl":
            return lambda database, key: -database.deadlines[key]
        return self._server.accesses.disuse
