"""The two sides of a comparison behind one interface: stubredis without sockets, a real server with them."""

from __future__ import annotations

import re
import select
import socket
import tempfile
import time
from typing import TYPE_CHECKING, Protocol

from tests.differential.resp import ReplyBuffer, encode

if TYPE_CHECKING:
    from stubredis.session import Session
    from tests.processes import ServerProcess

READ_SECONDS = 5
#: Where our server saves, if a case makes it do that.
FOLDER = tempfile.TemporaryDirectory()
CLOSED = b"(closed)"
#: What a case can leave behind on a real server besides its configuration and its users.
RESET = [
    (b"CLIENT", b"UNPAUSE"),
    (b"FLUSHALL",),
    (b"FUNCTION", b"FLUSH"),
    (b"SCRIPT", b"FLUSH"),
    (b"SLOWLOG", b"RESET"),
    (b"ACL", b"LOG", b"RESET"),
    (b"CONFIG", b"RESETSTAT"),
]


class Connection(Protocol):
    """One client's connection to a side."""

    def send(self, payload: bytes) -> None: ...

    def read(self, count: int) -> bytes:
        """Return the next replies, or fewer if there are no more."""

    def arrived(self) -> bytes:
        """Return everything that the server has sent by now."""

    def closed(self) -> bytes:
        """Return CLOSED once the server has closed the connection, else what came instead."""

    def settle(self) -> None:
        """Return when the server has read what was sent, even if it keeps the answer back."""


class Side(Protocol):
    """A server in its initial state, for one case."""

    name: str

    def reset(self) -> None: ...

    def connect(self) -> Connection: ...

    def elapse(self, milliseconds: int) -> None: ...

    def close(self) -> None: ...


class Ours:
    """A new stubredis server for each case, its clock moved by hand."""

    name = "stubredis"

    def __init__(self, emulate: str = "latest") -> None:
        self._emulate = emulate

    def reset(self) -> None:
        import stubredis
        from stubredis.clock import ManualClock

        self._clock = ManualClock(now=time.time_ns() // 1_000_000)
        options = {"emulate": self._emulate, "enable_debug_command": "yes", "dir": FOLDER.name}
        self._server = stubredis.Server(clock=self._clock, **options)

    def connect(self) -> OurConnection:
        return OurConnection(self, self._server.connect())

    def elapse(self, milliseconds: int) -> None:
        self._clock.advance(milliseconds)
        self._server.tick()
        self.disconnect()

    def disconnect(self) -> None:
        """Do what connections do: the server forgets a client once it is closed."""
        for client in [client for client in self._server.clients.values() if client.closing]:
            self._server.disconnect(client)

    def close(self) -> None:
        pass


class OurConnection:
    """A session of the server in this process, fed by hand."""

    def __init__(self, ours: Ours, session: Session) -> None:
        self._ours = ours
        self._session = session
        self._replies = ReplyBuffer()

    def send(self, payload: bytes) -> None:
        self._session.receive(payload)
        self._ours.disconnect()

    def read(self, count: int) -> bytes:
        self._replies.feed(self._session.take_output())
        found = self._replies.take(count)
        return self._replies.take_all() if found is None else found

    def arrived(self) -> bytes:
        self._replies.feed(self._session.take_output())
        return self._replies.take_all()

    def closed(self) -> bytes:
        return self.arrived() + (CLOSED if self._session.closing else b"")

    def settle(self) -> None:
        pass


class Oracle:
    """A running real server, brought back to its initial state before each case.

    It cannot undo that a case takes rights from the default user: take them from another user instead.
    """

    def __init__(self, name: str, process: ServerProcess) -> None:
        self.name = name
        self._process = process
        self._to_reset = [request for request in RESET if (name, request[0]) != ("redis-6.2", b"FUNCTION")]
        self._connections: list[OracleConnection] = []
        self._control = OracleConnection(self, process.connect())
        self._initial_config = self._config()

    def reset(self) -> None:
        self.close()
        if self._control.ended():  # because it was idle, for a case may set a timeout
            self._control.close()
            self._control = OracleConnection(self, self._process.connect())
        changed = self._initial_config.items() - self._config().items()
        users = self.ask([(b"ACL", b"USERS")])[0].split(b"\r\n")[2::2]
        strangers = [user for user in users if user != b"default"]
        self.ask([(b"CONFIG", b"SET", *pair) for pair in changed])
        self.ask([(b"ACL", b"DELUSER", user) for user in strangers])
        for request, reply in zip(self._to_reset, self.ask(self._to_reset), strict=True):
            assert reply == b"+OK\r\n", f"{self.name}: {request} was answered by {reply!r}"

    def connect(self) -> OracleConnection:
        connection = OracleConnection(self, self._process.connect())
        self._connections.append(connection)
        return connection

    def elapse(self, milliseconds: int) -> None:
        """Do nothing: here time passes by itself."""

    def close(self) -> None:
        for connection in self._connections:
            connection.close()
        self._connections.clear()

    def shut(self) -> None:
        self.close()
        self._control.close()

    def ask(self, requests: list[tuple[bytes, ...]]) -> list[bytes]:
        """Send requests on a connection that no case sees."""
        self._control.send(b"".join(map(encode, requests)))
        return [self._control.read(1) for _ in requests]

    def _config(self) -> dict[bytes, bytes]:
        words = self.ask([(b"CONFIG", b"GET", b"*")])[0].split(b"\r\n")[2::2]
        return dict(zip(words[::2], words[1::2], strict=True))


class OracleConnection:
    """A client's socket to a real server."""

    def __init__(self, oracle: Oracle, connection: socket.socket) -> None:
        self._oracle = oracle
        self._socket = connection
        self._socket.settimeout(READ_SECONDS)
        self._replies = ReplyBuffer()
        self._id = b""
        self._open = True

    def send(self, payload: bytes) -> None:
        self._socket.sendall(payload)

    def read(self, count: int) -> bytes:
        while (found := self._replies.take(count)) is None:
            if not self._receive():
                return self._replies.take_all()
        return found

    def arrived(self) -> bytes:
        # Whatever the server wrote for earlier requests is here before its answer to a later one. MONITOR shows no
        # requests of administrators.
        self._oracle.ask([(b"CLIENT", b"NO-EVICT", b"OFF")])
        while self._open and self._readable():
            self._receive()
        return self._replies.take_all()

    def closed(self) -> bytes:
        while self._receive():
            pass
        return self._replies.take_all() + (b"" if self._open else CLOSED)

    def ended(self) -> bool:
        """Tell whether the server has closed the connection, where nothing else is to be read."""
        return self._readable() and not self._receive()

    def settle(self) -> None:
        give_up = time.monotonic() + READ_SECONDS
        blocked = re.compile(rb" addr=\S+:%d .* flags=\w*b" % self._socket.getsockname()[1])
        while not self._readable() and not blocked.search(self._oracle.ask([(b"CLIENT", b"LIST")])[0]):
            assert time.monotonic() < give_up, f"{self._oracle.name} neither answers nor blocks"

    def close(self) -> None:
        self._socket.close()

    def _readable(self) -> bool:
        return bool(select.select([self._socket], [], [], 0)[0])

    def _receive(self) -> bool:
        """Take in more bytes; return False when none come."""
        try:
            received = self._socket.recv(1 << 16)
        except TimeoutError:
            return False
        except ConnectionResetError:
            received = b""
        self._replies.feed(received)
        self._open = bool(received)
        return self._open
