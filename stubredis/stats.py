"""What a server counts for INFO, beside the counters that stand in commands and keyspace."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stubredis.client import Client

TRAFFIC = ("input_bytes", "output_bytes", "reads", "writes")
"""What a client counts of its connection."""


class Rate:
    """How fast a counter grows, between two looks at it.

    Redis samples its counters ten times a second. A server that nobody asks does not, so the rate is the mean since the
    last question.
    """

    SHORTEST = 100
    """Milliseconds in which a rate stays what it is."""

    __slots__ = ("_per_second", "_since", "_total")

    def __init__(self) -> None:
        self._since: int | None = None
        self._total = 0
        self._per_second = 0.0

    def per_second(self, now: int, total: int) -> float:
        """Return the rate at a moment in milliseconds, at which the counter has this total."""
        if self._since is None:
            self._since, self._total = now, total
        elif now - self._since >= self.SHORTEST:
            self._per_second = max(total - self._total, 0) * 1000 / (now - self._since)
            self._since, self._total = now, total
        return self._per_second


class Stats:
    """Counters since the start of the server, or since CONFIG RESETSTAT.

    What was received and sent is counted by each client only: once a chunk, which is often.
    """

    __slots__ = (
        "_traffic", "commands_rate", "connections_received", "connections_rejected", "errors", "evicted_clients",
        "eviction_exceeded", "input_rate", "output_limit_disconnections", "output_rate", "query_limit_disconnections",
    )  # fmt: skip

    def __init__(self, clients: Iterable[Client] = ()) -> None:
        """Begin at zero; what these clients have counted so far is not to count."""
        self.connections_received = self.connections_rejected = 0
        self._traffic: dict[str, int] = {name: -sum(getattr(client, name) for client in clients) for name in TRAFFIC}
        """What clients have counted that are gone, less what others had counted at the beginning."""
        self.output_limit_disconnections = self.query_limit_disconnections = 0
        self.commands_rate, self.input_rate, self.output_rate = Rate(), Rate(), Rate()
        self.eviction_exceeded = 0
        """Milliseconds in which there was too much in memory."""
        self.evicted_clients = 0
        self.errors: dict[bytes, int] = {}
        """Error replies by their code."""

    def traffic(self, name: str, clients: Iterable[Client]) -> int:
        """Return one of the counters of TRAFFIC for all clients, of which these are still there."""
        return self._traffic[name] + int(sum(getattr(client, name) for client in clients))

    def take_traffic(self, client: Client) -> None:
        """Take over what a client has counted."""
        for name in TRAFFIC:
            self._traffic[name] += getattr(client, name)
            setattr(client, name, 0)
