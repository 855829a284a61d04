"""Connection: the socket of a session. Bytes in, bytes out, and the limits of what a client may leave unread."""

from __future__ import annotations

import asyncio
import logging
import socket
from typing import TYPE_CHECKING, Any

from stubredis.session import Session

if TYPE_CHECKING:
    from stubredis.server import Server

logger = logging.getLogger("stubredis")


class Outbox:
    """Connections whose output is to be written, and when that is best done.

    While many clients are busy, all requests of a turn of the event loop are executed first and all replies are written
    then, as Redis does. A reply wakes the process that waits for it, and waking up one after another with work in
    between costs both sides more than the write itself. While few clients are busy, the additional turn of
    the loop would cost more than it saves, and replies are written at once. So the size of a batch decides how the
    next ones are written.
    """

    __slots__ = ("_at_once", "_waiting")

    MANY = 4
    """The least batch for which waiting pays, measured with redis-benchmark."""
    PROBE = 64
    """After so many writes at once, try again how large a batch would be."""

    def __init__(self) -> None:
        self._waiting: list[Connection] = []
        self._at_once = 0

    def put(self, connection: Connection) -> None:
        """Write the output of a connection, now or at the end of this turn of the event loop."""
        if self._at_once:
            self._at_once -= 1
            connection.write_output()
            return
        if not self._waiting:
            asyncio.get_running_loop().call_soon(self._write_all)
        self._waiting.append(connection)

    def _write_all(self) -> None:
        waiting, self._waiting = self._waiting, []
        if len(waiting) < self.MANY:
            self._at_once = self.PROBE
        for connection in waiting:
            connection.write_output()


class Connection(asyncio.Protocol):
    """Feeds a session with what its socket receives and writes the session's output, once for each chunk."""

    RECEIVE = 64 * 1024
    """Bytes that are received at once. A buffer of asyncio's own 256 KB may be given back to the operating system after
    each use, and then costs more in page faults than the request in it."""
    UNCHECKED = 64
    """So many pieces of output are put together without a look at their size: a few values at most."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.session: Session
        self.transport: asyncio.Transport
        self._behind = False
        """Whether the client reads slower than it is written to."""
        self._above_soft_limit_since: int | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        if hasattr(transport, "max_size"):
            transport.max_size = self.RECEIVE
        server = self.server
        if len(server.clients) >= server.config.maxclients:
            server.stats.connections_rejected += 1
            transport.write(b"-ERR max number of clients reached\r\n")
            transport.close()
            return
        self.session = session = server.connect()
        session.edge = self
        session.address = _address(transport.get_extra_info("peername"), server)
        session.local_address = _address(transport.get_extra_info("sockname"), server)
        sock = transport.get_extra_info("socket")
        if server.config.tcp_keepalive and sock is not None and sock.family != getattr(socket, "AF_UNIX", None):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            if hasattr(socket, "TCP_KEEPIDLE"):
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, min(server.config.tcp_keepalive, 32767))

    def data_received(self, data: bytes) -> None:
        session = self.session
        self.server.stats.input_bytes += len(data)
        session.input_bytes += len(data)
        session.receive(data)
        if session.output or session.closing:
            self.server.outbox.put(self)

    @property
    def file_number(self) -> int:
        sock = self.transport.get_extra_info("socket")
        return -1 if sock is None else int(sock.fileno())

    @property
    def unsent(self) -> int:
        return self.transport.get_write_buffer_size()

    def deliver(self) -> None:
        """Write the output of the session, now or soon."""
        self.server.outbox.put(self)

    def write_output(self) -> None:
        """Write the output of the session, and close the connection if it is to end."""
        session, transport = self.session, self.transport
        pieces = session.output
        if len(pieces) > self.UNCHECKED and self._too_far_behind(sum(map(len, pieces))):
            pieces.clear()
            transport.abort()
            return
        output = b"".join(pieces)
        pieces.clear()
        if output:
            self.server.stats.output_bytes += len(output)
            session.output_bytes += len(output)
            transport.write(output)
            if self._behind and self._too_far_behind():
                transport.abort()
        if session.closing:
            transport.close()

    def pause_writing(self) -> None:
        self._behind = True

    def resume_writing(self) -> None:
        self._behind = False
        self._above_soft_limit_since = None

    def connection_lost(self, _exc: Exception | None) -> None:
        if hasattr(self, "session"):
            self.session.edge = None
            self.server.disconnect(self.session)

    def _too_far_behind(self, more: int = 0) -> bool:
        """Tell whether the client leaves more unread than `client-output-buffer-limit` lets it, with `more` bytes."""
        server, session = self.server, self.session
        hard, soft, seconds = server.config.client_output_buffer_limit[session.kind]
        unread = self.transport.get_write_buffer_size() + more
        too_far = bool(hard and unread > hard)
        if soft and unread > soft:
            now = server.clock.now()
            if self._above_soft_limit_since is None:
                self._above_soft_limit_since = now
            too_far = too_far or now - self._above_soft_limit_since > seconds * 1000
        else:
            self._above_soft_limit_since = None
        if too_far:
            server.stats.output_limit_disconnections += 1
            logger.warning(
                "Client id=%d addr=%s scheduled to be closed ASAP for overcoming of output buffer limits.",
                session.id,
                session.address.decode(),
            )
        return too_far


def _address(name: Any, server: Server) -> bytes:
    """Print a socket's name as Redis does: `ip:port`, `[ip]:port`, or `path:0` for a unix socket."""
    if not isinstance(name, tuple):
        return b"%b:0" % server.config.unixsocket.encode()
    host, port = name[:2]
    return (f"[{host}]:{port}" if ":" in host else f"{host}:{port}").encode()
