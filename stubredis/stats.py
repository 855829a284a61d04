"""What a server counts for INFO, beside the counters that stand in commands and keyspace."""

from __future__ import annotations


class Stats:
    """Counters since the start of the server, or since CONFIG RESETSTAT."""

    __slots__ = (
        "connections_received", "connections_rejected", "errors", "input_bytes", "output_bytes",
        "output_limit_disconnections", "query_limit_disconnections",
    )  # fmt: skip

    def __init__(self) -> None:
        self.connections_received = self.connections_rejected = 0
        self.input_bytes = self.output_bytes = 0
        self.output_limit_disconnections = self.query_limit_disconnections = 0
        self.errors: dict[bytes, int] = {}
        """Error replies by their code."""
