"""A server inside this process, fed with bytes and no socket: what both in-process measurements stand on."""

from collections.abc import Iterable, Mapping, Sequence

import stubredis
from benchmarks.wire import RequestError, chunks, request


class InProcess:
    """One server and one client of it."""

    def __init__(self, options: Mapping[str, str] | None = None) -> None:
        """Make a server with options of its configuration, by their names with underscores."""
        self.server = stubredis.Server(**(options or {}))
        self.client = self.server.connect()

    def log_in(self, rules: Sequence[bytes]) -> None:
        """Let the client be a user with these rules."""
        self.server.acl.set_user(b"somebody", [b"on", b"nopass", *rules])
        self.load([request(b"AUTH", b"somebody", b"")])

    def load(self, requests: Iterable[bytes]) -> None:
        """Run all requests, and raise RequestError at the first that is refused."""
        for _, chunk in chunks(requests):
            self.client.receive(chunk)
            replies = self.client.take_output()
            if b"-" in replies and (errors := [line for line in replies.splitlines() if line[:1] == b"-"]):
                raise RequestError(errors[0].decode())

    def feed(self, pieces: Sequence[bytes]) -> None:
        """Run chunks as a connection does: receive one, take what it answers. This loop is timed."""
        receive, take_output = self.client.receive, self.client.take_output
        for piece in pieces:
            receive(piece)
            take_output()
