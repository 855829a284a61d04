"""Server: owns everything that serves clients, and lets them in.

The state knows no socket: `connect` returns a session that is fed by hand. `start` opens listeners, which make
each connection feed a session of its own.
"""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import sys
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import stubredis.commands  # noqa: F401  (declares all commands)
from stubredis.accesses import Accesses
from stubredis.blocking import Blocking
from stubredis.client import BUSY, NOT_AUTHENTICATED, PAUSED, Client
from stubredis.clock import Clock
from stubredis.command import Command, table
from stubredis.config import Config
from stubredis.connection import Connection, Outbox
from stubredis.dispatch import may_write, release, settle
from stubredis.effects import Effects
from stubredis.errors import CommandError, ProtocolError
from stubredis.expiry import expire_cycle
from stubredis.keyspace import Keyspace
from stubredis.notifications import Notifications
from stubredis.outgoing import Done, exchange
from stubredis.protocol.replies import Block
from stubredis.pubsub import PubSub
from stubredis.scripting.running import Scripting
from stubredis.session import Session
from stubredis.stats import Stats

logger = logging.getLogger("stubredis")


class Server:
    """A server that clients of Redis can use.

    Its options are the parameters of Config, as keywords with underscores. It runs inside an event loop:

        async with stubredis.Server(port=0) as server:
            redis.asyncio.Redis(port=server.port)

    or without any socket, as `connect` shows.
    """

    def __init__(self, config: Config | None = None, *, clock: Clock | None = None, **options: Any) -> None:
        """Make a server that serves nobody yet. Raises ConfigError for an unknown option or a bad value."""
        self.config = config or Config(**options)
        self.clock = clock or Clock()
        self.effects = Effects()
        self.keyspace = Keyspace(self.config.databases, self.clock, self.effects)
        self.blocking = Blocking(self.keyspace.alarm)
        self.accesses = Accesses(self)
        self.accesses.policy_changed()
        self.pubsub = PubSub()
        self.notifications = Notifications(self.keyspace, self.pubsub)
        self.notifications.choose(self.config.notify_keyspace_events)
        self.stats = Stats()
        self.scripting = Scripting(self)
        self.commands: dict[bytes, Command] = table()
        self.run_id = secrets.token_hex(20)
        self.replication_id = secrets.token_hex(20)
        self.started_at = self.clock.now()

        self.config.on_change["maxmemory-policy"] = self.accesses.policy_changed
        self.config.on_change["timeout"] = lambda: self.keyspace.alarm.request(self.clock.now())

        self.clients: dict[int, Session] = {}
        """Connected clients by their id, in the order of their arrival."""
        self.current: Client | None = None
        """The client whose request is executed."""
        self.woken: dict[Client, None] = {}
        """Clients that got output, may go on, or must close, outside of their own requests."""
        self._next_client_id = 0

        self.paused_until: int | None = None
        """The end of CLIENT PAUSE in milliseconds of the clock."""
        self.pause_writes_only = False

        self.outbox = Outbox()
        self._listeners: list[asyncio.Server] = []
        self._timer: asyncio.TimerHandle | None = None
        self._stopping = asyncio.Event()
        self._exchanges: set[asyncio.Task[None]] = set()

        self.config.on_change["requirepass"] = self._password_changed
        self.config.on_change["notify-keyspace-events"] = lambda: self.notifications.choose(
            self.config.notify_keyspace_events
        )

    # Clients

    def connect(self) -> Session:
        """Let a client in that is fed by hand, or by a connection."""
        self._next_client_id += 1
        session = Session(self, self._next_client_id)
        self.clients[session.id] = session
        self.stats.connections_received += 1
        session.set_gate(NOT_AUTHENTICATED, bool(self.config.requirepass))
        session.set_gate(PAUSED, self.paused_until is not None)
        session.set_gate(BUSY, self.scripting.busy)
        if self.config.timeout:
            self.keyspace.alarm.request(self.clock.now() + 1000)
        return session

    def _password_changed(self) -> None:
        """Let all clients in if there is no password any more. A new one is for new connections only."""
        if not self.config.requirepass:
            for client in self.clients.values():
                client.set_gate(NOT_AUTHENTICATED, False)

    def disconnect(self, client: Client) -> None:
        """Forget a client: nothing waits for it, watches for it or is sent to it any more."""
        if self.clients.pop(client.id, None) is None:
            return
        client.closing = client.stopped = True
        if client.waiting is not None:
            self.blocking.unblock(client)
        self.unwatch(client)
        self.pubsub.forget(client)
        self.woken.pop(client, None)

    def kill(self, client: Client) -> None:
        """End a connection: at once, or behind the reply if the client itself runs a request."""
        if client is not self.current:
            self.disconnect(client)
        client.close()

    def unwatch(self, client: Client) -> None:
        """Forget the keys that a client watches, and whether they changed."""
        for database, key in client.watched:
            watchers = database.watchers[key]
            del watchers[client]
            if not watchers:
                del database.watchers[key]
            database.observe()
        client.watched.clear()
        client.watch_failed = False

    def wake(self) -> None:
        """Let the woken clients go on and write their output, until nobody is woken."""
        while self.woken:
            woken, self.woken = self.woken, {}
            for client in woken:
                client.resume()
                client.deliver()

    # Pauses

    def pause(self, until: int, *, writes_only: bool) -> None:
        """Hold back requests until a moment, in milliseconds of the clock. A stronger pause stays in force."""
        if self.paused_until is not None:
            until = max(until, self.paused_until)
            writes_only = writes_only and self.pause_writes_only
        self.paused_until = until
        self.pause_writes_only = writes_only
        self.keyspace.expiry_paused = True
        for client in self.clients.values():
            client.set_gate(PAUSED, True)
        self.keyspace.alarm.request(until)

    def unpause(self) -> None:
        """End the pause; what was held back is executed when the clients are woken."""
        self.paused_until = None
        self.keyspace.expiry_paused = False
        for client in self.clients.values():
            client.set_gate(PAUSED, False)
            if client.postponed is not None:
                self.woken[client] = None
        self.keyspace.alarm.request(self.clock.now())  # for the keys that should have expired meanwhile

    def holds_back(self, client: Client, command: Command) -> bool:
        """Tell whether a request has to wait for the end of the pause."""
        if self.paused_until is None:
            return False
        if self.paused_until <= self.clock.now():
            self.unpause()
            return False
        return not self.pause_writes_only or may_write(client, command)

    # Periodic work

    def tick(self) -> None:
        """Do the periodic work that is due: deadlines of blocked clients, the end of a pause, active expiry.

        With a manual clock it is called by hand after the clock has moved. Otherwise the alarm calls it.
        """
        alarm = self.keyspace.alarm
        alarm.at = None
        now = self.clock.now()
        if self.scripting.busy:
            self.scripting.proceed()
            self.wake()
            if self.scripting.busy:
                alarm.request(now + 1)
                return
        if self.paused_until is not None:
            if self.paused_until <= now:
                self.unpause()
            else:
                alarm.request(self.paused_until)
        self._close_idle_clients(now)
        for client in self.blocking.timed_out(now):
            assert client.waiting is not None
            release(client, client.waiting.block.otherwise)
        if not self.keyspace.expiry_paused:
            expire_cycle(self.keyspace)
        if self.keyspace.wakeups:
            self.keyspace.wake_due(now)
        if self.effects.pending:
            settle(self)
        self.wake()

    def _close_idle_clients(self, now: int) -> None:
        """Close clients that have sent nothing for `timeout` seconds; waiting clients and subscribers are no idlers."""
        seconds = self.config.timeout
        if not seconds:
            return
        for client in self.clients.values():
            if client.waiting is None and client.kind == "normal" and now - client.last_seen > seconds * 1000:
                client.close()
        if self.clients:
            self.keyspace.alarm.request(now + 1000)

    def _set_timer(self) -> None:
        """Sleep until the alarm's moment. Called whenever an earlier moment is requested."""
        alarm = self.keyspace.alarm
        if self._timer is not None:
            self._timer.cancel()
        assert alarm.at is not None
        delay = max(alarm.at - self.clock.now(), 0) / 1000
        self._timer = asyncio.get_running_loop().call_later(delay, self.tick)

    # Other servers

    def exchange(
        self,
        client: Client,
        block: Block,
        host: bytes,
        port: int,
        request: bytes,
        answers: int,
        seconds: float,
        done: Done,
    ) -> None:
        """Send requests to another server once the client is blocked, and call `done` with the answers.

        Nothing is sent if the client must not wait, as in a transaction. The answers are dealt with in a unit of their
        own. Raises CommandError where there is no event loop, since no connection can be opened without one.
        """
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            raise CommandError(b"IOERR error or timeout connecting to the client") from None

        async def run() -> None:
            if client.waiting is None or client.waiting.block is not block:
                return
            lines, failed = await exchange(host.decode(errors="surrogateescape"), port, request, answers, seconds)
            done(lines, failed)
            if self.effects.pending:
                settle(self)
            self.wake()

        task = loop.create_task(run())
        self._exchanges.add(task)
        task.add_done_callback(self._exchanges.discard)

    # Statistics

    def reset_stats(self) -> None:
        """Set all counters back to zero, as CONFIG RESETSTAT does."""
        self.stats = Stats()
        self.keyspace.reset_counters()
        for command in self.commands.values():
            for each in (command, *command.subcommands.values()):
                each.calls = each.failed_calls = each.rejected_calls = 0

    def count_error(self, error: CommandError) -> None:
        """Count an error reply by its code, for INFO errorstats."""
        self.stats.errors[error.code] = self.stats.errors.get(error.code, 0) + 1

    def protocol_error(self, client: Client, error: ProtocolError) -> None:
        """Log that a client sent something that is not RESP."""
        logger.info("Protocol error (%s) from client: id=%d addr=%s",
                    error.text.decode("latin-1"), client.id, client.address.decode())  # fmt: skip

    # Listening

    @property
    def port(self) -> int:
        """The TCP port that is listened on, also when a free one was asked for with 0."""
        for listener in self._listeners:
            for socket in listener.sockets:
                name = socket.getsockname()
                if isinstance(name, tuple):
                    return int(name[1])
        return self.config.port

    async def start(self) -> None:
        """Listen on all addresses. Raises OSError naming the address that cannot be listened on."""
        loop = asyncio.get_running_loop()
        self.keyspace.alarm.moved = self._set_timer
        if self.keyspace.alarm.at is not None:
            self._set_timer()
        try:
            await self._listen(loop)
        except BaseException:
            await self.stop()
            raise

    async def _listen(self, loop: asyncio.AbstractEventLoop) -> None:
        def connection() -> Connection:
            return Connection(self)

        port = self.config.port
        for address in self.config.bind:
            optional = address.startswith("-")
            host = address.removeprefix("-")
            try:
                listener = await loop.create_server(
                    connection, None if host == "*" else host, port, backlog=self.config.tcp_backlog
                )
            except OSError as error:
                if optional:
                    continue
                raise OSError(error.errno, f"{host}:{port}: {os.strerror(error.errno or 0)}") from error
            self._listeners.append(listener)
            port = port or self.port  # port 0: all addresses share the one that was picked
        if self.config.unixsocket:
            await self._listen_unix(loop, connection)

    async def _listen_unix(self, loop: asyncio.AbstractEventLoop, connection: Any) -> None:
        path = self.config.unixsocket
        if sys.platform == "win32":
            raise OSError(None, f"{path}: unix sockets are not available on Windows")
        Path(path).unlink(missing_ok=True)
        self._listeners.append(await loop.create_unix_server(connection, path, backlog=self.config.tcp_backlog))
        if self.config.unixsocketperm:
            Path(path).chmod(self.config.unixsocketperm)

    async def stop(self) -> None:
        """Close the listeners and all connections."""
        self._stopping.set()
        self.scripting.stop()
        for task in self._exchanges:
            task.cancel()
        for listener in self._listeners:
            listener.close()
        for client in list(self.clients.values()):
            client.close()
        self.wake()
        self._listeners.clear()
        if self._timer is not None:
            self._timer.cancel()
        self.keyspace.alarm.moved = lambda: None
        if self.config.unixsocket:
            Path(self.config.unixsocket).unlink(missing_ok=True)

    def request_stop(self) -> None:
        """Let `serve` return, as SHUTDOWN and signals do."""
        self._stopping.set()

    async def serve(self) -> None:
        """Serve until `request_stop`."""
        await self._stopping.wait()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()
