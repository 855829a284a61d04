"""Session: a client together with its bytes. Requests go in, encoded replies come out; there is no socket here.

A Connection feeds a session from its socket; tests and embedders may feed it by hand:

    session = server.connect()
    session.receive(b"PING\\r\\n")
    assert session.take_output() == b"+PONG\\r\\n"
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import TYPE_CHECKING, Protocol

from stubredis.client import OVER_MEMORY, TIMED, Client
from stubredis.datatypes.census import LARGE
from stubredis.datatypes.limits import limits
from stubredis.errors import CommandError, ProtocolError
from stubredis.protocol.requests import Argv, RequestParser
from stubredis.timing import BATCH

if TYPE_CHECKING:
    from stubredis.server import Server


class Edge(Protocol):
    """What a session needs of the connection it belongs to."""

    @property
    def file_number(self) -> int: ...

    @property
    def unsent(self) -> int:
        """Bytes that were written and not sent."""

    def deliver(self) -> None:
        """Write the output of the session."""


class Session(Client):
    """A client, the parser of its requests, and what of them had to wait."""

    __slots__ = ("_chunks", "_parser", "_requests", "edge")

    def __init__(self, server: Server, identifier: int) -> None:
        super().__init__(server, identifier)
        self.edge: Edge | None = None
        self._parser = RequestParser(server.config, authenticated=self.authenticated)
        self._requests: Iterator[Argv] | None = None
        self._chunks: list[bytes] = []

    def receive(self, chunk: bytes) -> list[Argv] | None:
        """Execute the requests that a chunk of bytes completes; they are returned if they came as a whole.

        While the client is blocked or paused, the bytes wait, up to `client-query-buffer-limit`.
        """
        server = self.server
        if self.stopped or self._requests is not None:
            self.last_seen = server.clock.now()
            self._chunks.append(chunk)
            self.exceeds_query_buffer(sum(map(len, self._chunks)))
            return None
        if limits.owner is not server:
            limits.enforce(server, server.config.values)
        parser = self._parser
        requests = parser.read_whole(chunk)
        if requests is None:
            self._execute(self._counted(parser.read_pieces(chunk)))
            if not parser.between:
                self.exceeds_query_buffer(parser.buffered)
            if server.woken:
                server.wake()
            return None
        # What `_execute` does, in short: nothing of this comes in pieces, and only what is remarkable is noted.
        self.requests += len(requests)
        timing, keyspace = server.timing, server.keyspace
        server.current = self
        apart, measured = timing.apart, timing.measured
        left = iter(requests)
        started = timing.now()
        self.last_seen = keyspace.frozen = started // 1_000_000
        try:
            if not server.execute(self, left, requests):
                self._requests = left
        finally:
            elapsed = timing.now() - started
            server.current = keyspace.frozen = None
            if elapsed >= timing.notable:
                timing.chunk_ended(self, requests, elapsed, apart, measured)
            elif len(requests) > 1:
                timing.gross += elapsed
            elif timing.apart == apart:
                command = self.command
                assert command is not None, "one was executed"
                samples = command.samples
                samples.append(elapsed)
                if len(samples) >= BATCH:
                    timing.add_samples(command)
            else:
                timing.chunk_ended(self, requests, elapsed, apart, measured)
        if server.woken:
            server.wake()
        return requests

    def _counted(self, requests: Iterable[Argv]) -> Iterator[Argv]:
        for argv in requests:
            yield argv
            self.requests += 1

    def resume(self) -> None:
        """Go on with the requests that had to wait, as far as they may be executed now."""
        if self.postponed is not None and not self.closing:
            argv, self.postponed = self.postponed, None
            self.stopped = False
            self._execute(chain([argv], self._requests or ()))
        while not self.stopped:
            if self._requests is not None:
                self._execute(self._requests)
            elif self._chunks:
                self._execute(self._counted(self._parser.parse(self._chunks.pop(0))))
            else:
                return

    def _execute(self, requests: Iterable[Argv]) -> None:
        """Execute what came in pieces or had to wait; it is timed one by one."""
        server = self.server
        timing = server.timing
        self.gates |= TIMED
        left = iter(requests)
        server.current = self
        apart, measured = timing.apart, timing.measured
        started = timing.now()
        self.last_seen = server.keyspace.frozen = started // 1_000_000
        try:
            self._requests = None if server.execute(self, left) else left
        except ProtocolError as error:
            self._requests = None
            server.protocol_error(self, error)
            self.send(CommandError(b"ERR Protocol error: " + error.text))
            self.close()
        finally:
            elapsed = timing.now() - started
            server.current = server.keyspace.frozen = None
            timing.chunk_ended(self, [], elapsed, apart, measured)
            if not timing.exact:
                self.gates &= ~TIMED

    def set_gate(self, gate: int, closed: bool) -> None:
        super().set_gate(gate, closed)
        self._parser.authenticate(self.authenticated)

    def take_output(self) -> bytes:
        """Return what is to be sent and forget it."""
        output = b"".join(self.output)
        self.output.clear()
        return output

    def deliver(self) -> None:
        if self.edge is not None:
            self.edge.deliver()
        elif self.closing:
            self.server.disconnect(self)

    @property
    def file_number(self) -> int:
        return -1 if self.edge is None else self.edge.file_number

    @property
    def unsent(self) -> int:
        return 0 if self.edge is None else self.edge.unsent

    @property
    def buffered(self) -> int:
        return self._parser.buffered + sum(map(len, self._chunks))


class LimitedSession(Session):
    """A session of a server with a limit of memory: what it receives is charged.

    The server makes its sessions this class as long as there is a limit, so that others are not charged for one.
    """

    __slots__ = ()

    def receive(self, chunk: bytes) -> list[Argv] | None:
        server = self.server
        memory = server.memory
        memory.allowance -= len(chunk)
        if memory.allowance < 0:
            memory.expect(self, len(chunk))
        requests = Session.receive(self, chunk)
        if self.gates & OVER_MEMORY and not memory.is_over:
            self.gates &= ~OVER_MEMORY
        uses = self.db.uses
        if uses is not None and requests is not None and not self.gates and not self.no_touch:
            uses.note(requests, self.last_seen, self.db.values)
        if server.client_memory.limited:
            server.client_memory.look_at(self)
        return requests

    def _execute(self, requests: Iterable[Argv]) -> None:
        super()._execute(requests if requests is self._requests else self._noting(requests))

    def _noting(self, requests: Iterable[Argv]) -> Iterator[Argv]:
        """Note the values that come in pieces because they are large."""
        for argv in requests:
            database = self.db
            yield argv
            if self.command is not None and max(map(len, argv)) >= LARGE:
                try:
                    positions = self.command.usage.positions(argv)
                except ValueError:  # it was refused
                    continue
                self.server.memory.note(database, [argv[position] for position in positions])
