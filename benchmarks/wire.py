"""Requests as bytes, and a blocking connection that loads them: the benchmarks' own client."""

import socket
from collections import deque
from collections.abc import Iterable, Iterator
from itertools import islice
from types import TracebackType
from typing import Any, Self

import hiredis

CHUNK = 1_000
"""Requests a loader sends before it reads their replies."""


class RequestError(Exception):
    """A server answered a request of a benchmark with an error."""


def request(*words: bytes) -> bytes:
    """Encode one request."""
    bulks = [b"$%d\r\n%b\r\n" % (len(word), word) for word in words]
    return b"*%d\r\n%b" % (len(words), b"".join(bulks))


class Connection:
    """A connection for requests whose reply is one line (status, integer, null or error)."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def ask(self, *words: bytes) -> bytes:
        """Send one request and return its reply without the line end."""
        self._socket.sendall(request(*words))
        return self._replies(1).removesuffix(b"\r\n")

    def load(self, requests: Iterable[bytes]) -> None:
        """Send all requests pipelined, a chunk at a time; raise RequestError at the first error."""
        for count, chunk in chunks(requests):
            self._socket.sendall(chunk)
            replies = self._replies(count)
            if replies.startswith(b"-") or b"\n-" in replies:
                error = next(line for line in replies.splitlines() if line.startswith(b"-"))
                raise RequestError(error.decode())

    def run(self, requests: Iterable[tuple[bytes, ...]], pipeline: int) -> None:
        """Send requests, so many at a time, and read their replies, of whatever kind; RequestError at an error."""
        reader = hiredis.Reader()
        waiting: deque[bytes] = deque()
        for group in requests:
            waiting.extend(group)
            if len(waiting) >= pipeline:
                self._exchange(reader, waiting)
        if waiting:
            self._exchange(reader, waiting)

    def scan(self, steps: int) -> None:
        """Take so many steps of SCAN, from the beginning again where a scan ends."""
        reader = hiredis.Reader()
        cursor = b"0"
        for _ in range(steps):
            cursor = self._exchange(reader, deque([request(b"SCAN", cursor)]))[0]

    def _exchange(self, reader: hiredis.Reader, requests: deque[bytes]) -> Any:
        """Send requests and return the last reply."""
        self._socket.sendall(b"".join(requests))
        last: Any = None
        while requests:
            reader.feed(self._socket.recv(1 << 18))
            while (reply := reader.gets()) is not False:
                if isinstance(reply, hiredis.ReplyError):
                    raise RequestError(f"{requests[0]!r}: {reply}")
                requests.popleft()
                last = reply
        return last

    def close(self) -> None:
        """Close the connection."""
        self._socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _replies(self, count: int) -> bytes:
        pieces = []
        while count > 0:
            piece = self._socket.recv(1 << 18)
            if not piece:
                raise ConnectionError("the server closed the connection")
            pieces.append(piece)
            count -= piece.count(b"\n")
        return b"".join(pieces)


def chunks(requests: Iterable[bytes]) -> Iterator[tuple[int, bytes]]:
    """Join requests into chunks as a pipelining client sends them, with how many each holds."""
    remaining = iter(requests)
    while chunk := list(islice(remaining, CHUNK)):
        yield len(chunk), b"".join(chunk)
