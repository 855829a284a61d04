"""Server: owns everything that serves clients, and lets them in.

The state knows no socket: `connect` returns a session that is fed by hand. `start` opens listeners, which make
each connection feed a session of its own.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

import stubredis.commands  # noqa: F401  (declares all commands)
from stubredis.accesses import Accesses
from stubredis.acl import Acl
from stubredis.blocking import Blocking
from stubredis.client import NOT_AUTHENTICATED, PAUSED, TRACKING, Client
from stubredis.client_memory import ClientMemory
from stubredis.clock import Clock
from stubredis.command import Command, table
from stubredis.commands.clients import line
from stubredis.config import Config, ConfigError
from stubredis.connection import Connection, Handshake, Outbox
from stubredis.datatypes import limits
from stubredis.dispatch import execute, may_write, release, settle
from stubredis.effects import Effects
from stubredis.errors import CommandError, ProtocolError
from stubredis.expiry import expire_cycle
from stubredis.keyspace import Keyspace
from stubredis.latency import EXPIRE_CYCLE
from stubredis.listening import Listeners
from stubredis.memory import Memory
from stubredis.monitoring import Monitors
from stubredis.notifications import Notifications
from stubredis.openfiles import allow_clients
from stubredis.outgoing import Done, exchange
from stubredis.protocol.replies import Block
from stubredis.pubsub import PubSub
from stubredis.saving import Saving
from stubredis.scripting.running import Scripting
from stubredis.session import LimitedSession, Session
from stubredis.stats import Stats
from stubredis.timing import Timing
from stubredis.tls import TLSError, client_context
from stubredis.tracking import Tracking
from stubredis.versions import EMULATED

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
        self.pubsub = PubSub()
        self.notifications = Notifications(self.keyspace, self.pubsub)
        self.notifications.choose(self.config.notify_keyspace_events)
        self.tracking = Tracking(self)
        self.monitors = Monitors(self)
        self.stats = Stats()
        self.scripting = Scripting(self)
        self.execute: Callable[..., bool] = execute
        """Executes the requests of a chunk; scripts have a way of their own to do it."""
        self.emulated = EMULATED[self.config.emulate]
        if self.emulated.before_7:
            self.config.default("acl-pubsub-default", "allchannels")
            self.config.default("enable-debug-command", "yes")
        self.commands: dict[bytes, Command] = table(self.emulated)
        for where, old, new in self.config.renames:
            self._rename_command(where, old.encode(errors="surrogateescape"), new.encode(errors="surrogateescape"))
        self.clients: dict[int, Session] = {}
        """Connected clients by their id, in the order of their arrival."""
        self.gates = 0
        """The gates that are closed for all clients, and for those that come."""
        self.timing = Timing(self)
        self.timing.install(self.commands.values())
        self.run_id = secrets.token_hex(20)
        self.replication_id = secrets.token_hex(20)
        self.started_at = self.clock.now()
        self.active_expiry = True
        """Whether expired keys are removed that nobody touches; DEBUG SET-ACTIVE-EXPIRE changes it."""
        self.cron_paused = False
        """Whether DEBUG PAUSE-CRON has stopped periodic work."""

        for name in limits.NAMES:
            self.config.on_change[name] = lambda: limits.limits.enforce(self, self.config.values)
        self.config.on_change["timeout"] = lambda: self.keyspace.alarm.request(self.clock.now())

        self.current: Client | None = None
        """The client whose request is executed."""
        self.woken: dict[Client, None] = {}
        """Clients that got output, may go on, or must close, outside of their own requests."""
        self._next_client_id = 0
        self.acl = Acl(self, line)
        self.memory = Memory(self)
        self.client_memory = ClientMemory(self)
        self.saving = Saving(self)
        self._memory_limit_changed()
        self.accesses.policy_changed()
        self.config.on_change["maxmemory"] = self._memory_limit_changed
        self.config.on_change["maxmemory-clients"] = self._memory_limit_changed
        self.config.on_change["maxmemory-policy"] = self.memory.policy_changed

        self.paused_until: int | None = None
        """The end of CLIENT PAUSE in milliseconds of the clock."""
        self.pause_writes_only = False

        self.outbox = Outbox()
        self.listeners = Listeners(self)
        self.handshakes: set[Handshake] = set()
        """Connections over TLS that are no clients yet."""
        self.lagging: set[Connection] = set()
        """Connections above the soft limit of `client-output-buffer-limit`."""
        self._timer: asyncio.TimerHandle | None = None
        self._stopping = asyncio.Event()
        self._exchanges: set[asyncio.Task[None]] = set()

        self.listeners.watch_config()
        self.config.on_change["maxclients"] = self._limit_changed
        self.config.on_change["requirepass"] = self.acl.password_changed
        self.config.more_lines["user"] = self._user_lines
        self.config.on_change["notify-keyspace-events"] = lambda: self.notifications.choose(
            self.config.notify_keyspace_events
        )

    def _user_lines(self) -> list[str]:
        """Return the users as CONFIG REWRITE writes them, unless they have a file of their own."""
        if self.config.aclfile:
            return []
        return [line.decode("utf-8", "surrogateescape") for line in self.acl.lines()]

    def _rename_command(self, where: str, old: bytes, new: bytes) -> None:
        """Let a command have another name only, or none. Raises ConfigError."""
        command = self.commands.pop(old.lower(), None)
        if command is None:
            raise ConfigError(f"{where}: rename-command", "No such command in rename-command")
        del self.commands[old.upper()]
        if not new:
            return
        if new.lower() in self.commands:
            raise ConfigError(f"{where}: rename-command", "Target command name already exists")
        self.commands[new.lower()] = self.commands[new.upper()] = command

    # Clients

    def connect(self) -> Session:
        """Let a client in that is fed by hand, or by a connection."""
        self._next_client_id += 1
        session = self._session_class(self, self._next_client_id)
        self.clients[session.id] = session
        self.stats.connections_received += 1
        session.set_gate(NOT_AUTHENTICATED, not self.acl.is_open)
        session.set_gate(self.gates, True)
        if self.config.timeout:
            self.keyspace.alarm.request(self.clock.now() + 1000)
        return session

    def set_gate_of_all(self, gate: int, closed: bool) -> None:
        """Close or open a gate of all clients, those that are still to come included."""
        self.gates = self.gates | gate if closed else self.gates & ~gate
        for client in self.clients.values():
            client.set_gate(gate, closed)

    @property
    def is_full(self) -> bool:
        """Whether there are as many clients as `maxclients` lets in, with those that negotiate TLS."""
        return len(self.clients) + len(self.handshakes) >= self.config.maxclients

    def is_protected_from(self, peer: Any) -> bool:
        """Tell whether protected mode keeps out who connects from there: another host, while there is no password."""
        if not (self.config.protected_mode and self.acl.is_open and isinstance(peer, tuple)):
            return False
        return not (peer[0].startswith("127.") or peer[0] == "::1")

    def _limit_changed(self) -> None:
        """Raises ValueError if the operating system does not let so many clients be served."""
        allowed = allow_clients(self.config.maxclients)
        if allowed < self.config.maxclients:
            raise ValueError(
                f"The operating system is not able to handle the specified number of clients, try with {allowed}"
            )

    @property
    def _session_class(self) -> type[Session]:
        return LimitedSession if self.config.maxmemory or self.config.maxmemory_clients else Session

    def _memory_limit_changed(self) -> None:
        for client in self.clients.values():
            client.__class__ = self._session_class
        self.client_memory.limit_changed()
        self.memory.limit_changed()

    def disconnect(self, client: Client) -> None:
        """Forget a client: nothing waits for it, watches for it or is sent to it any more."""
        if self.clients.pop(client.id, None) is None:
            return
        self.stats.take_traffic(client)
        client.closing = client.stopped = True
        if client.waiting is not None:
            self.blocking.unblock(client)
        self.unwatch(client)
        self.pubsub.forget(client)
        self.stop_tracking(client)
        self.monitors.remove(client)
        self.woken.pop(client, None)

    def kill(self, client: Client) -> None:
        """End a connection: at once, or behind the reply if the client itself runs a request."""
        if client is not self.current:
            self.disconnect(client)
        client.close()

    def stop_tracking(self, client: Client) -> None:
        """Let a client track keys no more."""
        self.tracking.stop(client)
        client.set_gate(TRACKING, False)

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
            self.tracking.broadcast()
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
        self.set_gate_of_all(PAUSED, True)
        self.keyspace.alarm.request(until)

    def unpause(self) -> None:
        """End the pause; what was held back is executed when the clients are woken."""
        self.paused_until = None
        self.keyspace.expiry_paused = False
        self.set_gate_of_all(PAUSED, False)
        for client in self.clients.values():
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
        measured = self.timing.measured
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
        if not self.cron_paused:
            self._close_idle_clients(now)
        for connection in list(self.lagging):
            connection.check_soft_limit()
        for client in self.blocking.timed_out(now):
            assert client.waiting is not None
            release(client, client.waiting.block.otherwise)
        if self.active_expiry and not (self.keyspace.expiry_paused or self.cron_paused):
            started = self.timing.now()
            expire_cycle(self.keyspace)
            elapsed = self.timing.now() - started
            self.timing.expiring += elapsed
            self.timing.spike(EXPIRE_CYCLE, elapsed)
        self.listeners.reload_due(now)
        self.memory.go_on()
        if self.keyspace.wakeups:
            self.keyspace.wake_due(now)
        if self.effects.pending:
            settle(self)
        self.saving.go_on()
        self.timing.gross += self.timing.measured - measured  # of clients that were served in between
        self.wake()

    def _close_idle_clients(self, now: int) -> None:
        """Close clients that have sent nothing for `timeout` seconds; waiting clients and subscribers are no idlers."""
        seconds = self.config.timeout
        if not seconds:
            return
        for client in self.clients.values():
            if client.waiting is None and client.kind == "normal" and now - client.last_seen > seconds * 1000:
                logger.info("Closing idle client")
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

    # Work for a thread

    def in_background(self, work: Callable[[], None], done: Callable[[Exception | None], None]) -> None:
        """Do something in a thread, or at once where there is no event loop, and tell what it raised."""
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            done(caught(work))
            return
        loop.run_in_executor(None, caught, work).add_done_callback(lambda future: done(future.result()))

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
        own. `tls-cluster` makes it a connection over TLS, as in Redis. Raises CommandError where there is no event
        loop, since no connection can be opened without one, and where TLS is not configured.
        """
        try:
            loop = asyncio.get_running_loop()
            context = client_context(self.config) if self.config.tls_cluster else None
        except (RuntimeError, TLSError) as error:
            if isinstance(error, TLSError):
                logger.warning("%s", error)
            raise CommandError(b"IOERR error or timeout connecting to the client") from None

        async def run() -> None:
            if client.waiting is None or client.waiting.block is not block:
                return
            name = host.decode(errors="surrogateescape")
            source = self.config.bind_source_addr
            lines, failed = await exchange(name, port, request, answers, seconds, context, source)
            measured = self.timing.measured
            done(lines, failed)
            if self.effects.pending:
                settle(self)
            self.timing.gross += self.timing.measured - measured
            self.wake()

        task = loop.create_task(run())
        self._exchanges.add(task)
        task.add_done_callback(self._exchanges.discard)

    # Statistics

    def reset_stats(self) -> None:
        """Set all counters back to zero, as CONFIG RESETSTAT does."""
        self.stats = Stats(self.clients.values())
        self.keyspace.reset_counters()
        self.timing.reset()

    def count_error(self, error: CommandError) -> None:
        """Count an error reply by its code, for INFO errorstats."""
        if error.counted:
            return
        self.stats.errors[error.code] = self.stats.errors.get(error.code, 0) + 1

    def protocol_error(self, client: Client, error: ProtocolError) -> None:
        """Log that a client sent something that is not RESP."""
        logger.info("Protocol error (%s) from client: id=%d addr=%s",
                    error.text.decode("latin-1"), client.id, client.address.decode())  # fmt: skip

    # Listening

    @property
    def port(self) -> int:
        """The TCP port that is listened on, also when a free one was picked; that of TLS if there is no other."""
        return self.listeners.port or self.config.port

    async def start(self) -> None:
        """Listen on all addresses. Raises ListenError naming what cannot be listened on, and TLSError."""
        self._stopping.clear()
        self.keyspace.alarm.moved = self._set_timer
        if self.keyspace.alarm.at is not None:
            self._set_timer()
        self.saving.plan()
        try:
            await self.listeners.open()
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Close the listeners and all connections."""
        self._stopping.set()
        self.scripting.stop()
        for task in self._exchanges:
            task.cancel()
        self.listeners.close()
        for handshake in self.handshakes:
            handshake.cancel()
        for client in list(self.clients.values()):
            client.close()
        self.wake()
        if self._timer is not None:
            self._timer.cancel()
        self.keyspace.alarm.moved = lambda: None

    @property
    def stopping(self) -> bool:
        return self._stopping.is_set()

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


def caught(work: Callable[[], None]) -> Exception | None:
    """Do something and return what it raised."""
    try:
        work()
    except Exception as error:
        return error
    return None
