"""Client-side caching: which clients keep copies of which keys, and the messages that end the life of a copy.

A client that tracks by its reads is entered in one table under each key it has read, and taken out when the key
changes and it is told so. A client that broadcasts is told of every key with one of its prefixes; those messages are
sent once for all requests of a chunk. Keys are known by their names, in whatever database they are.

While no client tracks, there is no table and `Keyspace.invalidate` is None.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from stubredis.client import Client
from stubredis.datatypes.sample import Sample
from stubredis.keyspace import EVICTED, EXPIRED
from stubredis.protocol.replies import Push

if TYPE_CHECKING:
    from stubredis.server import Server

CHANNEL = b"__redis__:invalidate"
"""Where a RESP2 client that others redirect to gets the messages, as if they were published."""


class Mode:
    """How one client tracks keys."""

    __slots__ = ("broadcast", "broken", "caching", "no_loop", "opt_in", "opt_out", "prefixes", "redirect")

    def __init__(
        self,
        *,
        redirect: int = 0,
        broadcast: bool = False,
        opt_in: bool = False,
        opt_out: bool = False,
        no_loop: bool = False,
    ) -> None:
        self.redirect = redirect
        """The number of the client that gets the messages, 0 for the client itself."""
        self.broadcast = broadcast
        self.opt_in = opt_in
        self.opt_out = opt_out
        self.no_loop = no_loop
        self.prefixes: dict[bytes, None] = {}
        self.caching = False
        """Whether CLIENT CACHING makes an exception of the next request."""
        self.broken = False
        """Whether the client redirected to was gone when a message was to be sent."""

    @property
    def remembers(self) -> bool:
        """Whether the keys that the running request reads are entered in the table."""
        if self.broadcast:
            return False
        return self.caching if self.opt_in else not (self.opt_out and self.caching)


class Prefix:
    """The clients that broadcast a prefix, and the keys they are to be told of next."""

    __slots__ = ("changed", "clients")

    def __init__(self) -> None:
        self.clients: dict[Client, None] = {}
        self.changed: dict[bytes, Client | None] = {}
        """Each key, and who changed it last."""


class Tracking:
    """The clients of a server that track keys, and the keys they have read."""

    __slots__ = ("_count", "_sample", "_server", "clients", "prefixes", "references", "table")

    def __init__(self, server: Server) -> None:
        self._server = server
        self.clients: dict[Client, None] = {}
        self.prefixes: dict[bytes, Prefix] = {}
        self.table: dict[bytes, int | set[int]] = {}
        """By key, the number of the client that has read it, or a set of them once there are several."""
        self.references = 0
        """How many numbers of clients the table holds."""
        self._sample = Sample()
        self._count = 0

    # Who tracks

    def start(self, client: Client, mode: Mode, prefixes: Sequence[bytes]) -> None:
        """Let a client track keys, or go on in another way. Prefixes add to those it has already."""
        if client.tracking is not None:
            mode.caching = client.tracking.caching
            mode.prefixes = client.tracking.prefixes
        client.tracking = mode
        self.clients[client] = None
        if mode.broadcast:
            for prefix in prefixes or (b"",):
                mode.prefixes[prefix] = None
                self.prefixes.setdefault(prefix, Prefix()).clients[client] = None
        self._observe()

    def stop(self, client: Client) -> None:
        """Let a client track no more; nothing happens if it does not."""
        mode, client.tracking = client.tracking, None
        if mode is None:
            return
        del self.clients[client]
        for prefix in mode.prefixes:
            clients = self.prefixes[prefix].clients
            del clients[client]
            if not clients:
                del self.prefixes[prefix]
        if not self.clients:
            self._forget_all()
        self._observe()

    def _observe(self) -> None:
        keyspace = self._server.keyspace
        keyspace.invalidate = self.changed if self.clients else None
        for database in keyspace.databases:
            database.observe()

    def _forget_all(self) -> None:
        self.table = {}
        self.references = 0
        self._sample = Sample()

    # What is read

    def remember(self, client: Client, keys: Iterable[bytes]) -> None:
        """Enter a client in the table under the keys it has read."""
        table = self.table
        number = client.id
        for key in keys:
            readers = table.get(key)
            if readers is None:
                table[key] = number
                self._count += 1
            elif isinstance(readers, set):
                if number in readers:
                    continue
                readers.add(number)
            elif readers == number:
                continue
            else:
                table[key] = {readers, number}
            self.references += 1

    def limit(self) -> None:
        """Invalidate random keys until there are no more than `tracking-table-max-keys` in the table."""
        most = self._server.config.tracking_table_max_keys
        while most and len(self.table) > most:
            # This comes before the reply of the request that is about to be executed.
            self._invalidate(self._sample.choose(self.table, self._count), Client.send)

    # What is changed

    def changed(self, key: bytes, kind: bytes) -> None:
        """Tell the clients concerned that a key has changed, by an event of a class."""
        if self.prefixes:
            server = self._server
            # What has expired was changed by nobody, whoever found out.
            changer = None if kind in (EXPIRED, EVICTED) else server.current
            for start, prefix in self.prefixes.items():
                if key.startswith(start):
                    prefix.changed[key] = changer
                    server.woken.update(dict.fromkeys(prefix.clients))  # so that `broadcast` is called
        if key in self.table:
            self._invalidate(key)

    def _invalidate(self, key: bytes, send: Callable[[Client, Push], None] = Client.push) -> None:
        readers = self.table.pop(key)
        numbers = sorted(readers) if isinstance(readers, set) else (readers,)
        self.references -= len(numbers)
        for number in numbers:
            client = self._server.clients.get(number)
            mode = None if client is None else client.tracking
            if client is None or mode is None or mode.broadcast:
                continue
            if not (mode.no_loop and client is self._server.current):
                self._send(client, mode, [key], send)

    def broadcast(self) -> None:
        """Send the messages of prefixes. The server does it when the requests of a chunk have been executed."""
        for prefix in list(self.prefixes.values()):
            if not prefix.changed:
                continue
            changed, prefix.changed = prefix.changed, {}
            keys = sorted(changed)
            for client in prefix.clients:
                mode = client.tracking
                assert mode is not None
                told = [key for key in keys if changed[key] is not client] if mode.no_loop else keys
                if told:
                    self._send(client, mode, told)

    def flushed(self) -> None:
        """Tell all clients that track, after FLUSHDB and FLUSHALL, that no key is as it was."""
        for client in self.clients:
            assert client.tracking is not None
            self._send(client, client.tracking, None)
        self._forget_all()

    def _send(
        self, client: Client, mode: Mode, keys: list[bytes] | None, send: Callable[[Client, Push], None] = Client.push
    ) -> None:
        if not mode.redirect:
            receiver: Client | None = client
        else:
            receiver = self._server.clients.get(mode.redirect)
        if receiver is None:
            mode.broken = True
            if client.resp == 3:
                send(client, Push((b"tracking-redir-broken", mode.redirect)))
        elif receiver.resp == 3:
            send(receiver, Push((b"invalidate", keys)))
        elif mode.redirect and receiver.kind == "pubsub":
            send(receiver, Push((b"message", CHANNEL, keys)))
        # Other RESP2 clients have no way to tell a message from a reply, so they get none.
