"""Client: what the server knows of one client. No bytes are parsed and no socket is used here.

Handlers get a Client as their first argument.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from stubredis.protocol.encoder import RESP2, RESP3, Encode, Encoders
from stubredis.protocol.replies import NoReply, Push, Replies

if TYPE_CHECKING:
    from stubredis.acl import User
    from stubredis.blocking import Waiting
    from stubredis.command import Command
    from stubredis.keyspace import Database
    from stubredis.server import Server
    from stubredis.tracking import Mode

# The rare states in which a request is not simply executed. Dispatch tests all of them at once.
NOT_AUTHENTICATED = 1
IN_TRANSACTION = 2
RESP2_SUBSCRIBER = 4
PAUSED = 8
SILENCED = 16
MONITORED = 64
"""Somebody watches all requests with MONITOR."""
TRACKING = 128
"""The keys that the client reads are remembered, so that it can be told of their changes."""
TIMED = 256
OVER_MEMORY = 512
"""There is no room left below `maxmemory`, or too little to execute requests without a look."""
BUSY = 1024


BASE = 4096
"""What a client takes whose buffers are empty, with its connection."""


def _silent(out: list[bytes], reply: Any) -> None:
    pass


def _silent_table(encoders: Encoders) -> Encoders:
    # Pushes come nevertheless, and so do the confirmations of SUBSCRIBE, which are pushes.
    return dict.fromkeys(encoders, _silent) | {kind: encoders[kind] for kind in (Push, Replies)}


SILENT = {2: _silent_table(RESP2), 3: _silent_table(RESP3)}
"""The encoders of a client that asked for CLIENT REPLY OFF, by protocol version."""


class _SkipOne(Encoders):
    """The encoders of a client that asked for CLIENT REPLY SKIP: silent once."""

    def __init__(self, client: Client) -> None:
        super().__init__({NoReply: _silent})  # CLIENT REPLY SKIP itself is not the request to skip
        self.client = client

    def __missing__(self, kind: type) -> Encode:
        self.client.choose_encoder()
        return SILENT[self.client.resp][kind]


class Client:
    """State of one client, from its connection to its end."""

    __slots__ = (
        "address", "capabilities", "channels", "closing", "command", "commands", "connected_at", "db", "encode",
        "fieldsets", "gates", "id", "input_bytes", "last_seen", "library_name", "library_version",
        "local_address", "may_block", "monitors", "name", "no_evict", "no_touch", "output", "output_bytes",
        "patterns", "postponed", "queue", "queue_aborted", "queued_bytes", "reads", "reply_off", "requests",
        "resp", "server", "shard_channels", "stopped", "tracking", "user", "waiting", "watch_failed", "watched",
        "writes",
    )  # fmt: skip

    def __init__(self, server: Server, identifier: int) -> None:
        self.server = server
        self.id = identifier
        self.db: Database = server.keyspace.databases[0]
        self.resp = 2
        self.encode: Encoders = RESP2
        self.output: list[bytes] = []
        """Encoded replies in pieces, not written yet."""
        self.gates = 0
        self.closing = False
        """Whether the connection closes once the output is written; nothing more is executed."""
        self.stopped = False
        """Whether further requests must wait: the client is blocked, paused or closing."""

        self.name: bytes = b""
        self.library_name: bytes = b""
        self.library_version: bytes = b""
        self.user: User = server.acl.default
        self.commands = self.user.commands
        """The commands that need no look at what the user may do: all of the server, or some."""
        self.capabilities = b""
        self.address: bytes = b""
        self.local_address: bytes = b""
        self.connected_at = self.last_seen = server.clock.now()
        self.command: Command | None = None
        """The last command that was executed."""
        self.no_evict = self.no_touch = self.reply_off = False

        self.queue: list[tuple[Command, list[bytes]]] = []
        """The requests since MULTI."""
        self.queued_bytes = 0
        self.queue_aborted = False
        """Whether a request was refused since MULTI, so that EXEC answers EXECABORT."""
        self.watched: dict[tuple[Database, bytes], bool] = {}
        """Watched keys, and whether each had expired already when it was watched."""
        self.watch_failed = False

        self.fieldsets: dict[bytes, list[tuple[bytes, int]]] = {}
        """What HIMPORT has prepared: fields in the order of the hash, each with the position of its value."""

        self.channels: dict[bytes, None] = {}
        self.patterns: dict[bytes, None] = {}
        self.shard_channels: dict[bytes, None] = {}

        self.tracking: Mode | None = None
        """How the client tracks keys, if it does."""
        self.monitors = False
        """Whether the client is shown the requests of all clients."""
        self.may_block = True
        """Whether a command may make the client wait: not within a transaction or script."""
        self.input_bytes = self.output_bytes = self.reads = self.writes = self.requests = 0
        """What CLIENT LIST shows as `tot-net-in`, `tot-net-out` and `tot-cmds`."""

        self.waiting: Waiting | None = None
        """What the client is blocked on."""
        self.postponed: list[bytes] | None = None
        """The request that waits for the end of CLIENT PAUSE."""

    @property
    def in_transaction(self) -> bool:
        return bool(self.gates & IN_TRANSACTION)

    @property
    def in_resp2_subscriber_mode(self) -> bool:
        return bool(self.gates & RESP2_SUBSCRIBER)

    @property
    def authenticated(self) -> bool:
        return not self.gates & NOT_AUTHENTICATED

    @property
    def file_number(self) -> int:
        """The descriptor of the socket, -1 where there is none."""
        return -1

    @property
    def buffered(self) -> int:
        """Bytes of requests that were received and not executed."""
        return 0

    @property
    def unsent(self) -> int:
        """Bytes of replies that were written and not sent."""
        return 0

    @property
    def memory(self) -> int:
        """The bytes that the client and its buffers take."""
        return BASE + self.buffered + self.queued_bytes + sum(map(len, self.output)) + self.unsent

    @property
    def kind(self) -> str:
        """The class of the client, by which its output is limited: `normal` or `pubsub`."""
        return "pubsub" if self.channels or self.patterns or self.shard_channels else "normal"

    @property
    def is_local(self) -> bool:
        """Whether the client is on this machine: it came over the loopback interface, a unix socket, or by hand."""
        return not self.address or self.address.startswith((b"127.", b"[::1]")) or self.address.endswith(b":0")

    def set_gate(self, gate: int, closed: bool) -> None:
        """Close or open one of the gates above."""
        self.gates = self.gates | gate if closed else self.gates & ~gate

    def use_protocol(self, version: int) -> None:
        """Speak RESP2 or RESP3 from now on."""
        self.resp = version
        if type(self.encode) is not _SkipOne:
            self.choose_encoder()
        self.subscriptions_changed()

    def become(self, user: User) -> None:
        """Act as a user from the next request on."""
        self.user = user
        self.commands = user.commands
        self.server.effects.pending = True  # makes dispatch look again

    def reset(self) -> None:
        """Go back to the state of a new connection: RESP2, database 0, not authenticated if there is a password."""
        server = self.server
        self.end_transaction()
        server.pubsub.forget(self)
        server.stop_tracking(self)
        server.monitors.remove(self)
        self.db = server.keyspace.databases[0]
        self.name = b""
        self.become(server.acl.default)
        self.fieldsets.clear()
        self.no_evict = self.no_touch = self.reply_off = False
        self.use_protocol(2)
        self.set_gate(NOT_AUTHENTICATED, not server.acl.is_open)

    def end_transaction(self) -> None:
        """Forget the queued requests and the watched keys."""
        self.queue = []
        self.queued_bytes = 0
        self.queue_aborted = False
        self.set_gate(IN_TRANSACTION, False)
        self.server.unwatch(self)

    def enqueue(self, command: Command, argv: list[bytes]) -> bool:
        """Keep a request for EXEC. The client is closed if that would be more than the query buffer may hold."""
        self.queued_bytes += sum(map(len, argv))
        if self.exceeds_query_buffer(self.queued_bytes):
            return False
        self.queue.append((command, argv))
        return True

    def exceeds_query_buffer(self, unread: int) -> bool:
        """Close the client if it has more requests waiting, in bytes, than `client-query-buffer-limit` lets it."""
        server = self.server
        if unread <= server.config.client_query_buffer_limit:
            return False
        server.stats.query_limit_disconnections += 1
        self.close()
        return True

    def choose_encoder(self) -> None:
        """Encode replies by the protocol version, or not at all after CLIENT REPLY OFF."""
        self.encode = SILENT[self.resp] if self.reply_off else RESP3 if self.resp == 3 else RESP2
        self.set_gate(SILENCED, self.reply_off)

    def skip_reply(self) -> None:
        """Leave out the reply of the next request."""
        if not self.reply_off:
            self.encode = _SkipOne(self)
            self.set_gate(SILENCED, True)

    def subscriptions_changed(self) -> None:
        """Enter or leave the state in which a RESP2 client may only change its subscriptions."""
        subscribed = bool(self.channels or self.patterns or self.shard_channels)
        self.set_gate(RESP2_SUBSCRIBER, subscribed and self.resp == 2)

    def push(self, message: Any) -> None:
        """Send a message that is no reply: at once, or behind the reply if this client runs a request."""
        server = self.server
        if server.current is self:
            server.effects.pushes.append((self, message))
            server.effects.pending = True
        else:
            self.send(message)

    def send(self, message: Any) -> None:
        """Append to the output outside of a request. Pushes reach even a client that wants no replies."""
        (RESP3 if self.resp == 3 else RESP2)[type(message)](self.output, message)
        self.server.woken[self] = None

    def close(self) -> None:
        """Close the connection once what is in the output has been written; what it waits for goes to others."""
        self.closing = self.stopped = True
        if self.waiting is not None:
            self.server.blocking.unblock(self)
        self.server.woken[self] = None
        self.server.effects.pending = True

    def resume(self) -> None:
        """Go on with the requests that had to wait. The session does it, which knows them."""
        raise NotImplementedError

    def deliver(self) -> None:
        """Write the output, where there is a connection."""
