"""Connection: the socket of a session. Bytes in, bytes out, and the limits of what a client may leave unread.

A connection to the TLS port begins as a Handshake, and goes on as the same Connection over an encrypted transport.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from typing import TYPE_CHECKING, Any, cast

from stubredis.session import Session

if TYPE_CHECKING:
    from stubredis.server import Server

logger = logging.getLogger("stubredis")

TOO_MANY = b"ERR max number of clients reached"
PROTECTED = (
    b"DENIED Redis is running in protected mode because protected mode is enabled and no password is set for "
    b"the default user. In this mode connections are only accepted from the loopback interface. If you want to "
    b"connect from external computers to Redis you may adopt one of the following solutions: 1) Just disable "
    b"protected mode sending the command 'CONFIG SET protected-mode no' from the loopback interface by "
    b"connecting to Redis from the same host the server is running, however MAKE SURE Redis is not publicly "
    b"accessible from internet if you do so. Use CONFIG REWRITE to make this change permanent. 2) Alternatively"
    b" you can just disable the protected mode by editing the Redis configuration file, and setting the "
    b"protected mode option to 'no', and then restarting the server. 3) If you started the server manually just"
    b" for testing, restart it with the '--protected-mode no' option. 4) Set up an authentication password for "
    b"the default user. NOTE: You only need to do one of the above things in order for the server to start "
    b"accepting connections from the outside."
)

NOT_LET_IN = 17 * 1024
"""Bytes of unread replies that a client which has not authenticated may have: Redis' first buffer and little more."""


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
    LARGE = 1 << 20
    """So much output may have a reply that is to be logged: with another threshold each reply is weighed."""
    UNCHECKED = 64
    """So many pieces of output are put together without a look at their size: a few values at most."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.session: Session
        self.transport: asyncio.Transport
        self._chunk = b""
        """What was received last, until the replies to it are written."""
        self._behind = False
        """Whether the client reads slower than it is written to."""
        self._above_soft_limit_since: int | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport = cast("asyncio.Transport", transport)  # that of uvloop is of no such class
        if hasattr(transport, "max_size"):
            transport.max_size = self.RECEIVE
        server = self.server
        if server.stopping:  # accepted just before that
            transport.abort()
            return
        peer = transport.get_extra_info("peername")
        refusal = TOO_MANY if server.is_full else PROTECTED if server.is_protected_from(peer) else None
        if refusal is not None:
            server.stats.connections_rejected += 1
            transport.write(b"-%b\r\n" % refusal)
            self.close()
            return
        self.session = session = server.connect()
        session.edge = self
        session.address = _address(peer, server)
        session.local_address = _address(transport.get_extra_info("sockname"), server)
        sock = transport.get_extra_info("socket")
        if server.config.tcp_keepalive and sock is not None and sock.family != getattr(socket, "AF_UNIX", None):
            keep_alive(sock, server.config.tcp_keepalive)

    def data_received(self, data: bytes) -> None:
        session = self.session
        session.input_bytes += len(data)
        session.reads += 1
        self._chunk = data
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
            session.output_bytes += len(output)
            session.writes += 1
            transport.write(output)
            if len(output) >= self.LARGE:
                self.server.timing.large_output(session, self._chunk, len(output))
            self._chunk = b""
            if self._behind and self._too_far_behind():
                transport.abort()
        if session.closing:
            self.close()

    def close(self) -> None:
        """Close the connection once everything is sent."""
        self.transport.close()

    def check_soft_limit(self) -> None:
        """End the connection if the time for which it may be above the soft limit is over."""
        if not self.transport.is_closing() and self._too_far_behind():
            self.transport.abort()

    def pause_writing(self) -> None:
        self._behind = True

    def resume_writing(self) -> None:
        self._behind = False
        self._above_soft_limit_since = None
        self.server.lagging.discard(self)

    def connection_lost(self, _exc: Exception | None) -> None:
        if hasattr(self, "session"):
            self.session.edge = None
            self.server.stats.take_traffic(self.session)  # what was sent after the server has forgotten the client
            self.server.lagging.discard(self)
            self.server.disconnect(self.session)

    def _too_far_behind(self, more: int = 0) -> bool:
        """Tell whether the client leaves more unread than `client-output-buffer-limit` lets it, with `more` bytes."""
        server, session = self.server, self.session
        hard, soft, seconds = server.config.client_output_buffer_limit[session.kind]
        unread = self.unsent + more
        too_far = bool(hard and unread > hard) or (unread > NOT_LET_IN and not session.authenticated)
        if soft and unread > soft:
            now = server.clock.now()
            if self._above_soft_limit_since is None:
                self._above_soft_limit_since = now
                server.lagging.add(self)
            end = self._above_soft_limit_since + seconds * 1000
            too_far = too_far or now > end
            server.keyspace.alarm.request(end + 1)
        elif self._above_soft_limit_since is not None:
            self._above_soft_limit_since = None
            server.lagging.discard(self)
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


class SecureConnection(Connection):
    """The same over TLS, where what was written may wait in two places: encrypted, or not yet."""

    def __init__(self, server: Server, socket_transport: asyncio.Transport) -> None:
        super().__init__(server)
        self._socket_transport = socket_transport
        # The transport below tells TLS alone when it has too much to write, so each write looks.
        self._behind = True

    @property
    def unsent(self) -> int:
        return super().unsent + self._socket_transport.get_write_buffer_size()

    def close(self) -> None:
        """Say farewell, and do not wait for an answer to that, as Redis does not."""
        self.transport.close()
        if self.server.stopping or not self.transport.get_write_buffer_size():
            self._socket_transport.close()

    def resume_writing(self) -> None:
        super().resume_writing()
        self._behind = True


class Handshake(asyncio.Protocol):
    """A connection to the TLS port until both sides have agreed; then it makes place for a SecureConnection.

    It counts as a client, since nothing else would limit those that never say anything. What fails here is the
    business of the one that connects, so it is logged for the curious only.
    """

    SECONDS = 10.0
    """So long the handshake may take."""
    LAST_WORDS = 60.0
    """So long a client may take to read the rest of the output once its connection is closed."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self._transport: asyncio.Transport
        self._task: asyncio.Task[None]
        self._early: list[bytes] = []
        """What the client has sent before TLS listens, or between the handshake and the beginning of its session."""
        self._lost = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport = cast("asyncio.Transport", transport)
        if self.server.stopping:
            transport.abort()
            return
        if self.server.is_full:
            self.server.stats.connections_rejected += 1
            transport.abort()  # as in Redis, where nothing can be said yet either
            return
        self.server.handshakes.add(self)
        self._task = asyncio.get_running_loop().create_task(self._agree())

    async def _agree(self) -> None:
        server, transport = self.server, self._transport
        context = server.listeners.context
        assert context is not None
        peer, here = (_address(transport.get_extra_info(name), server).decode() for name in ("peername", "sockname"))
        loop = asyncio.get_running_loop()
        agreeing = loop.create_task(
            loop.start_tls(
                transport,
                self,
                context,
                server_side=True,
                ssl_handshake_timeout=self.SECONDS,
                ssl_shutdown_timeout=self.LAST_WORDS,
            )
        )
        try:
            await asyncio.sleep(0)  # it begins
            loop.call_soon(self._pass_on)
            encrypted = await agreeing
        except OSError as error:  # which the errors of ssl are, too
            logger.info("Error accepting a client connection: %s (addr=%s laddr=%s)", error, peer, here)
            transport.abort()
            return
        finally:
            agreeing.cancel()
            server.handshakes.discard(self)
        if encrypted is None or self._lost:
            transport.abort()
            return
        connection = SecureConnection(server, transport)
        encrypted.set_protocol(connection)
        connection.connection_made(encrypted)
        field = server.config.tls_auth_clients_user
        if field != "off" and hasattr(connection, "session"):
            names = names_in(encrypted.get_extra_info("peercert") or {}, field)
            server.acl.recognize(connection.session, names)
        for data in self._early:
            connection.data_received(data)

    def _pass_on(self) -> None:
        """Give to TLS what uvloop has received before it, which is possible once it is connected."""
        protocol = cast("asyncio.BufferedProtocol", self._transport.get_protocol())
        for data in self._early:
            memoryview(protocol.get_buffer(len(data)))[: len(data)] = data
            protocol.buffer_updated(len(data))
        self._early.clear()

    def cancel(self) -> None:
        """End it now."""
        self._task.cancel()
        self._transport.abort()

    def data_received(self, data: bytes) -> None:
        self._early.append(data)

    def connection_lost(self, _exc: Exception | None) -> None:
        self._lost = True


def names_in(certificate: dict[str, Any], field: str) -> list[bytes]:
    """Return the names in a field of a certificate: CN of its subject, or URI of the alternatives to it."""
    if field == "CN":
        subject = (pair for part in certificate.get("subject", ()) for pair in part)
        found = [value for name, value in subject if name == "commonName"]
    else:
        found = [value for name, value in certificate.get("subjectAltName", ()) if name == field]
    return [value.encode() for value in found]


def keep_alive(sock: socket.socket, seconds: int) -> None:
    """Let the operating system probe a connection that is idle for so long, and give up as long after that."""
    with contextlib.suppress(OSError):  # of a system that lacks the finer settings, or of a client that has left
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        set_intervals(sock, min(seconds, 32767))


def set_intervals(sock: socket.socket, seconds: int) -> None:
    """Say after how many seconds the first probe is sent; the two after it take as long together."""
    idle = getattr(socket, "TCP_KEEPIDLE", getattr(socket, "TCP_KEEPALIVE", None))  # macOS has its own name for it
    if idle is not None:
        sock.setsockopt(socket.IPPROTO_TCP, idle, seconds)
    if hasattr(socket, "TCP_KEEPINTVL"):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, max(seconds // 3, 1))
    if hasattr(socket, "TCP_KEEPCNT"):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 3)
