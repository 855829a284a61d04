"""What a server counts for INFO, beside the counters that stand in commands and keyspace."""

from __future__ import annotations


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
    """Counters since the start of the server, or since CONFIG RESETSTAT."""

    __slots__ = (
        "commands_rate", "connections_received", "connections_rejected", "errors", "input_bytes", "input_rate",
        "output_bytes", "output_limit_disconnections", "output_rate", "query_limit_disconnections",
        "reads", "writes",
    )  # fmt: skip

    def __init__(self) -> None:
        self.connections_received = self.connections_rejected = 0
        self.input_bytes = self.output_bytes = 0
        self.reads = self.writes = 0
        self.output_limit_disconnections = self.query_limit_disconnections = 0
        self.commands_rate, self.input_rate, self.output_rate = Rate(), Rate(), Rate()
        self.errors: dict[bytes, int] = {}
        """Error replies by their code."""
