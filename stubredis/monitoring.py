"""MONITOR: clients that are shown the requests of all clients as they are executed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stubredis.client import MONITORED, Client
from stubredis.command import ADMIN, Command
from stubredis.protocol.replies import status
from stubredis.protocol.requests import quote_word
from stubredis.redaction import redacted

if TYPE_CHECKING:
    from stubredis.server import Server


class Monitors:
    """The clients of a server that are shown all requests."""

    __slots__ = ("_server", "clients")

    def __init__(self, server: Server) -> None:
        self._server = server
        self.clients: dict[Client, None] = {}

    def add(self, client: Client) -> None:
        """Show a client what is executed from now on."""
        client.monitors = True
        self.clients[client] = None
        self._server.set_gate_of_all(MONITORED, True)

    def remove(self, client: Client) -> None:
        """Show a client nothing more; nothing happens if it was shown nothing."""
        if client.monitors:
            client.monitors = False
            del self.clients[client]
            self._server.set_gate_of_all(MONITORED, bool(self.clients))

    def show(self, client: Client, command: Command, argv: list[bytes]) -> None:
        """Show a request that has been executed, unless it is an administrator's."""
        if command.flags & ADMIN:
            return
        seconds, microseconds = divmod(self._server.clock.microseconds(), 1_000_000)
        where = client.address
        if where.startswith(b"/"):
            where = b"unix:" + where.removesuffix(b":0")
        words = b" ".join(map(quote_word, redacted(command.name, argv)))
        line = status(b"%d.%06d [%d %b] %b" % (seconds, microseconds, client.db.index, where, words))
        for monitor in self.clients:
            if not (monitor.reply_off or monitor.closing):
                monitor.push(line)
