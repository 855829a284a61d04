"""Eviction: which keys go when memory is short.

As in Redis, the choice is an approximation. A few keys of each database are looked at, and those that fit the policy
best are remembered in a pool, so that each look makes the next choice better. The keys to look at come by in rounds
(datatypes/sample.py), because a dict cannot be sampled.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from stubredis.datatypes.census import cost
from stubredis.datatypes.sample import Round
from stubredis.datatypes.sizes import PLACE
from stubredis.keyspace import Database

if TYPE_CHECKING:
    from stubredis.server import Server

POOL = 16
"""So many candidates are remembered."""
LOOK_AT_CLOCK = 16
"""After so many evictions it is time to see how long they have taken."""
UNLIMITED = 100
"""The `maxmemory-eviction-tenacity` that knows no limit of time."""


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

    def evict(self) -> int:
        """Evict the key that fits the policy best, and return the bytes it took; 0 if there is no key to evict."""
        config = self._server.config
        policy = config.maxmemory_policy
        if policy == "noeviction":
            return 0
        chosen = self._any_key() if policy.endswith("random") else self._best_key()
        if chosen is None:
            return 0
        database, key = chosen
        size = cost(key, database.values[key]) + PLACE
        database.evict(key, b"UNLINK" if config.lazyfree_lazy_eviction else b"DEL")
        return size

    def _keys(self, database: Database) -> Mapping[bytes, Any]:
        """The keys among which the policy chooses."""
        return database.deadlines if self._server.config.maxmemory_policy.startswith("volatile") else database.values

    def _draw(self, database: Database, keys: Mapping[bytes, Any], count: int) -> list[bytes]:
        return self._rounds[database.index][keys is database.deadlines].draw(keys, count)

    def _any_key(self) -> tuple[Database, bytes] | None:
        """Choose at random, from one database after another."""
        databases = self._server.keyspace.databases
        for _ in databases:
            self._last = (self._last + 1) % len(databases)
            database = databases[self._last]
            for key in self._draw(database, self._keys(database), 1):
                return database, key
        return None

    def _best_key(self) -> tuple[Database, bytes] | None:
        """Look at some more keys, and choose the best one of all that were looked at."""
        databases = self._server.keyspace.databases
        samples = self._server.config.maxmemory_samples
        pool = self._candidates
        while any(map(self._keys, databases)):
            for database in databases:
                keys = self._keys(database)
                for key in self._draw(database, keys, samples) if keys else ():
                    insort(pool, (self._fitness(database, key), database.index, key))
            del pool[:-POOL]
            while pool:
                _, index, key = pool.pop()
                if key in self._keys(databases[index]):
                    return databases[index], key
        return None

    def _fitness(self, database: Database, key: bytes) -> int:
        """Return a number that is the higher, the sooner a key should go."""
        policy = self._server.config.maxmemory_policy
        if policy == "volatile-ttl":
            return -database.deadlines[key]
        accesses = self._server.accesses
        if policy.endswith("lfu"):
            return -(accesses.frequency(database, key) or 0)
        return accesses.idle_seconds(database, key) or 0
