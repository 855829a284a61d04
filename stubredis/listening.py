"""Listening: the sockets on which clients arrive, over TCP, over TLS and on a unix socket, and how they are changed.

Sockets are opened synchronously, so that CONFIG SET is refused where an address cannot be listened on; the event loop
accepts on them a moment later, and until then those who connect wait in the kernel.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import os
import socket
import ssl
import stat
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stubredis.connection import Connection, Handshake
from stubredis.reasons import reason
from stubredis.tls import TLSError, server_context

if TYPE_CHECKING:
    from stubredis.config import Config
    from stubredis.server import Server

logger = logging.getLogger("stubredis")

Factory = Callable[[], asyncio.BaseProtocol]
Address = tuple[str, int]
"""An address as `bind` has it, without the dash, and a port."""

ACCEPTS_ITSELF = sys.platform == "win32"
"""There asyncio's own servers listen no more once a client has left before it was accepted."""

PAUSE = 0.01
"""Seconds after an error, in case it is the lack of something that others will give back."""

PICKED_PORTS = 10
"""So many free ports are tried until one is free on all addresses."""

NO_SUCH_FAMILY = {
    getattr(errno, name, -1)
    for name in ("ENOPROTOOPT", "EPROTONOSUPPORT", "ESOCKTNOSUPPORT", "EPFNOSUPPORT", "EAFNOSUPPORT")
}
"""Errors of a machine without IPv6, say: such an address is left out, as Redis does."""

TAKEN = {errno.EADDRINUSE, errno.EACCES} if sys.platform == "win32" else {errno.EADDRINUSE}
"""Errors after which another free port may be picked. Windows reserves whole ranges for programs of its own."""

TLS_PARAMETERS = (
    "tls-cluster", "tls-replication", "tls-auth-clients", "tls-cert-file", "tls-key-file", "tls-key-file-pass",
    "tls-dh-params-file", "tls-ca-cert-file", "tls-ca-cert-dir", "tls-protocols", "tls-ciphers", "tls-ciphersuites",
    "tls-prefer-server-ciphers", "tls-session-caching", "tls-session-cache-size", "tls-session-cache-timeout",
)  # fmt: skip
"""Parameters whose change makes a new context. Certificates of the server as a client are read when it connects."""

UNABLE_TO_LISTEN = "Unable to listen on this port. Check server logs."
UNABLE_TO_BIND = "Failed to bind to specified addresses."
UNABLE_TO_ENCRYPT = "Unable to update TLS configuration. Check server logs."


class ListenError(OSError):
    """Where a server cannot listen, and why; `option` is the parameter that chooses another place."""

    def __init__(self, number: int | None, message: str, option: str) -> None:
        super().__init__(number, message)
        self.option = option


class Listener:
    """One socket, and the event loop's server that accepts on it, or on Windows a task of our own."""

    def __init__(self, sock: socket.socket, factory: Factory, backlog: int) -> None:
        self.sock = sock
        self._server: asyncio.Server | None = None
        self._task: asyncio.Task[None] | None = None
        self.started = asyncio.get_running_loop().create_task(self._start(factory, backlog))

    async def _start(self, factory: Factory, backlog: int) -> None:
        loop = asyncio.get_running_loop()
        if ACCEPTS_ITSELF:
            self.sock.setblocking(False)
            self._task = loop.create_task(self._accept(factory))
            return
        self._server = await loop.create_server(factory, sock=self.sock, backlog=backlog, start_serving=False)
        await self._server.start_serving()

    async def _accept(self, factory: Factory) -> None:
        """Accept clients, one after the other, whatever happens to one of them."""
        loop = asyncio.get_running_loop()
        while True:
            try:
                sock, _ = await loop.sock_accept(self.sock)
                await loop.connect_accepted_socket(factory, sock)
            except OSError as error:
                logger.info("Error accepting a client connection: %s", reason(error))
                await asyncio.sleep(PAUSE)

    def close(self) -> None:
        """Stop listening. Connections that were accepted stay."""
        if self._server is not None:
            self._server.close()
            return
        self.started.cancel()
        if self._task is not None:
            self._task.cancel()
        self.sock.close()


class Listeners:
    """Everything one server listens on."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.tcp: dict[Address, Listener] = {}
        self.tls: dict[Address, Listener] = {}
        self.unix: Listener | None = None
        self.context: ssl.SSLContext | None = None
        """How connections to the TLS port are encrypted from now on."""
        self._open = False
        self._picked = 0
        """The free port that was picked last for port 0, to which a refused change goes back."""
        self._reload_at = 0
        """When certificates are to be read again."""
        self._unix_file: tuple[int, int] | None = None
        """Device and number of the socket's file, so that nobody else's is removed."""

    async def open(self) -> None:
        """Listen wherever the configuration says. Raises ListenError and TLSError."""
        config = self.server.config
        self._open = True
        if config.tls_port:
            self.context = server_context(config)
        self._change_tcp()
        self._change_tls()
        if config.unixsocket:
            self.unix = self._listener(self._unix_socket(), lambda: Connection(self.server))
        for listener in self._all():
            await listener.started
        self._plan_reload()

    def close(self) -> None:
        """Listen nowhere any more."""
        self._open = False
        for listener in self._all():
            listener.close()
        self.tcp.clear()
        self.tls.clear()
        if self.unix is not None:
            self.unix = None
            path = Path(self.server.config.unixsocket)
            with contextlib.suppress(OSError):
                status = path.stat()
                if (status.st_dev, status.st_ino) == self._unix_file:
                    path.unlink()

    def _all(self) -> Iterator[Listener]:
        yield from self.tcp.values()
        yield from self.tls.values()
        if self.unix is not None:
            yield self.unix

    # What is asked of them

    @property
    def port(self) -> int:
        """The port of TCP, also when a free one was picked; that of TLS if there is no other; 0 for none."""
        for listener in self._all():
            name = listener.sock.getsockname()
            if isinstance(name, tuple):
                return int(name[1])
        return 0

    @property
    def encrypted(self) -> bool:
        """Whether `port` is one of TLS."""
        return bool(self.tls) and not self.tcp

    def described(self) -> list[str]:
        """Describe the listeners as INFO does: `name=tcp,bind=127.0.0.1,port=6379`."""
        config = self.server.config
        binds = "".join(f"bind={address}," for address in config.bind)
        lines = [f"name=tcp,{binds}port={self.port}"] if self.tcp else []
        if self.unix is not None:
            lines.append(f"name=unix,bind={config.unixsocket}")
        if self.tls:
            lines.append(f"name=tls,{binds}port={config.tls_port}")
        return lines

    # Changes at run time: each is done as a whole, or raises ValueError with Redis' words and has done nothing

    def watch_config(self) -> None:
        """Put changes of the configuration into effect."""
        hooks = self.server.config.on_change
        hooks["port"] = self.port_changed
        hooks["bind"] = self.bind_changed
        hooks["tls-port"] = self.tls_port_changed
        for name in TLS_PARAMETERS:
            hooks[name] = self.tls_changed
        hooks["tls-auto-reload-interval"] = self._plan_reload

    def port_changed(self) -> None:
        """Move to another port."""
        if self._open:
            with refusing(UNABLE_TO_LISTEN):
                self._change_tcp()

    def bind_changed(self) -> None:
        """Move to other addresses, with TCP and TLS."""
        if not self._open:
            return
        with refusing(UNABLE_TO_BIND):
            self._change_tcp()
            self._change_tls()

    def tls_changed(self) -> None:
        """Read certificates and all else of TLS again, for the connections to come."""
        config = self.server.config
        if not self._open or not (config.tls_port or config.tls_cluster or config.tls_replication):
            return
        with refusing(UNABLE_TO_ENCRYPT):
            self.context = server_context(config)

    def _plan_reload(self) -> None:
        """Ask to be called when certificates are to be read again."""
        server = self.server
        self._reload_at = server.clock.now() + server.config.tls_auto_reload_interval * 1000
        if server.config.tls_auto_reload_interval and self._open:
            server.keyspace.alarm.request(self._reload_at)

    def reload_due(self, now: int) -> None:
        """Read certificates again if it is time; if they are no good, those in use stay."""
        if not self.server.config.tls_auto_reload_interval or not self._open:
            return
        if now >= self._reload_at:
            try:
                self.tls_changed()
            except ValueError as error:
                logger.warning("Certificates are not reloaded: %s", error)
            self._plan_reload()
        else:
            self.server.keyspace.alarm.request(self._reload_at)

    def tls_port_changed(self) -> None:
        """Move to another port of TLS, begin with TLS, or end it."""
        if not self._open:
            return
        self.tls_changed()
        with refusing(UNABLE_TO_LISTEN):
            self._change_tls()
            self._change_tcp()  # port 0 is none beside TLS, and else any

    def _change_tcp(self) -> None:
        config = self.server.config
        port = None if not config.port and elsewhere(config) else config.port
        self._change(self.tcp, port, "port", lambda: Connection(self.server))

    def _change_tls(self) -> None:
        self._change(self.tls, self.server.config.tls_port or None, "tls-port", lambda: Handshake(self.server))

    def _change(self, listeners: dict[Address, Listener], port: int | None, option: str, factory: Factory) -> None:
        """Listen on a port of all addresses, None for no port; what is listened on already stays untouched.

        What is given up is closed first, since an address may be part of another, as 127.0.0.1 is of `*`. If
        anything fails, it is opened again.
        """
        binds = self.server.config.bind if port is not None else ()
        wanted = {(bind.removeprefix("-"), port or 0): bind.startswith("-") for bind in binds}
        given_up = [address for address in listeners if address not in wanted]
        names = {address: listeners[address].sock.getsockname() for address in given_up}
        for address in given_up:
            listeners.pop(address).close()
        missing = {address: optional for address, optional in wanted.items() if address not in listeners}
        try:
            sockets = open_sockets(missing, self._picked, option)
        except ListenError:
            for address, name in names.items():
                with contextlib.suppress(OSError):
                    listeners[address] = self._listener(tcp_socket(address[0], name[1]), factory)
            raise
        for address, sock in sockets.items():
            self._picked = self._picked if port else sock.getsockname()[1]
            listeners[address] = self._listener(sock, factory)

    def _listener(self, sock: socket.socket, factory: Factory) -> Listener:
        backlog = self.server.config.tcp_backlog
        sock.listen(backlog)
        return Listener(sock, factory, backlog)

    # The unix socket

    def _unix_socket(self) -> socket.socket:
        """Make the unix socket, in place of one that a server has left behind. Raises ListenError."""
        config = self.server.config
        path = config.unixsocket
        if sys.platform == "win32":
            raise ListenError(None, f"{path}: unix sockets are not available on Windows", "unixsocket")
        sock = socket.socket(socket.AF_UNIX)
        try:
            make_way(path)
            sock.bind(path)
            # Nobody can connect before `listen`, so there is no moment with other permissions than these.
            if config.unixsocketgroup:
                import shutil  # noqa: PLC0415  (loads every compressor there is)

                group = config.unixsocketgroup
                shutil.chown(path, group=int(group) if group.isdigit() else group)
            if config.unixsocketperm:
                Path(path).chmod(config.unixsocketperm)
            status = Path(path).stat()
        except (OSError, LookupError) as error:
            sock.close()
            number, why = (error.errno, reason(error)) if isinstance(error, OSError) else (None, str(error))
            raise ListenError(number, f"{path}: {why}", "unixsocket") from None
        self._unix_file = (status.st_dev, status.st_ino)
        return sock


def pass_over_lost_clients(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Handle errors that have reached the event loop. Those of the system are what has become of a client's socket.

    Windows has many numbers for that, and asyncio lets some of them through where nobody can catch them.
    """
    error = context.get("exception")
    if isinstance(error, OSError):
        logger.debug("A client is gone: %s", reason(error))
    else:
        loop.default_exception_handler(context)


@contextlib.contextmanager
def refusing(words: str) -> Iterator[None]:
    """Log what fails and raise ValueError with the words for the client."""
    try:
        yield
    except (ListenError, TLSError) as error:
        logger.warning("%s", error.strerror if isinstance(error, ListenError) else error)
        raise ValueError(words) from None


def elsewhere(config: Config) -> bool:
    """Tell whether there is another place to listen on than the port, so that port 0 stands for no port."""
    return bool(config.tls_port or config.unixsocket)


def open_sockets(addresses: dict[Address, bool], picked: int, option: str) -> dict[Address, socket.socket]:
    """Open a socket for each address, all or none; those that are optional may be missing. Raises ListenError.

    For port 0 a free one is picked, the same for all addresses.
    """
    tries = 1 if picked or not any(port == 0 for _, port in addresses) else PICKED_PORTS
    while True:
        tries -= 1
        sockets: dict[Address, socket.socket] = {}
        shared = picked
        try:
            for (host, port), optional in addresses.items():
                try:
                    sock = tcp_socket(host, port or shared)
                except OSError as error:
                    if error.errno in NO_SUCH_FAMILY or (optional and error.errno == errno.EADDRNOTAVAIL):
                        continue
                    raise ListenError(error.errno, f"{host}:{port or shared}: {reason(error)}", option) from None
                sockets[host, port] = sock
                shared = port or sock.getsockname()[1]
            return sockets
        except ListenError as error:
            for sock in sockets.values():
                sock.close()
            if tries and error.errno in TAKEN:
                continue
            raise


def tcp_socket(host: str, port: int) -> socket.socket:
    """Open a socket bound to a port: `*` is every IPv4 address, `::*` every one of IPv6, a name its first IPv4 address.

    Raises OSError.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    name = {"*": "0.0.0.0", "::*": "::"}.get(host, host)
    failure: OSError = OSError(errno.EADDRNOTAVAIL, os.strerror(errno.EADDRNOTAVAIL))
    for *_, address in socket.getaddrinfo(name, port, family, socket.SOCK_STREAM, 0, socket.AI_PASSIVE):
        sock = None
        try:
            sock = socket.socket(family, socket.SOCK_STREAM)
            if family == socket.AF_INET6:
                sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            if sys.platform == "win32":  # where SO_REUSEADDR would take the port from a living server
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
            else:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sock.bind(address)
        except OSError as error:
            failure = error
            if sock is not None:
                sock.close()
        else:
            return sock
    raise failure


def make_way(path: str) -> None:
    """Remove the file of a unix socket on which nobody listens. Raises OSError for anything else that is there."""
    if sys.platform == "win32":
        return  # there are none
    try:
        mode = Path(path).stat().st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(mode):
        raise OSError(errno.EEXIST, os.strerror(errno.EEXIST))
    with socket.socket(socket.AF_UNIX) as probe:
        probe.setblocking(False)
        try:
            probe.connect(path)
        except ConnectionRefusedError:
            Path(path).unlink(missing_ok=True)
            return
        except BlockingIOError:
            pass  # somebody listens who has too much to do to accept
    raise OSError(errno.EADDRINUSE, os.strerror(errno.EADDRINUSE))
