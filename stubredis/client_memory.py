"""The memory of clients, and `maxmemory-clients`: who takes most is disconnected when all together take too much."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from stubredis.client import Client

if TYPE_CHECKING:
    from stubredis.server import Server

logger = logging.getLogger("stubredis")

LEAST = 128 * 1024
"""No limit is lower than this: with less nobody could tell the server a better one."""


class ClientMemory:
    """What each client took when it last sent something, or when all were looked at."""

    __slots__ = ("_looks", "_server", "_sizes", "_total", "limited")

    def __init__(self, server: Server) -> None:
        self._server = server
        self._sizes: dict[int, int] = {}
        self._total = 0
        self._looks = 0
        self.limited = False
        """Whether there is a limit; kept by `limit_changed`."""

    def limit_changed(self) -> None:
        """Heed a new `maxmemory-clients`."""
        self.limited = bool(self._server.config.maxmemory_clients)

    @property
    def limit(self) -> int | None:
        """The bytes that all clients may take together; None if there is no limit."""
        config = self._server.config
        limit = config.maxmemory_clients
        if limit < 0:  # percent
            limit = config.maxmemory * -limit // 100
        return max(limit, LEAST) if limit else None

    def look_at(self, client: Client) -> None:
        """Look how much a client takes that has sent something, and now and then how much the others do."""
        limit = self.limit
        if limit is None:
            return
        size = client.memory
        self._total += size - self._sizes.get(client.id, 0)
        self._sizes[client.id] = size
        self._looks += 1
        if self._total >= limit or self._looks >= len(self._server.clients):
            self._enforce(limit)

    def _enforce(self, limit: int) -> None:
        """Disconnect those who take most until less than the limit is taken, but no client that is exempt."""
        server = self._server
        self._looks = 0
        self._sizes = sizes = {client.id: client.memory for client in server.clients.values()}
        self._total = sum(sizes.values())
        if self._total < limit:
            return
        for client in sorted(server.clients.values(), key=lambda each: sizes[each.id], reverse=True):
            if self._total < limit:
                return
            if not client.no_evict and not client.monitors:
                logger.info("Evicting client: id=%d addr=%s", client.id, client.address.decode())
                server.stats.evicted_clients += 1
                self._total -= sizes.pop(client.id)
                client.output.clear()
                server.kill(client)
