"""A server inside this process, fed with bytes and no socket: what both in-process measurements stand on."""

from collections.abc import Iterable, Sequence

import stubredis
from benchmarks.wire import RequestError, chunks


class InProcess:
    """One server and one client of it."""

    def __init__(self) -> None:
        self.client = stubredis.Server().connect()

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
