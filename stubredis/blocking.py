"""Clients that wait for keys.

Blocking is reprocessing. A handler that finds nothing returns Block; the client is then filed here under
each key it waits for, in the order of arrival. When one of these keys changes, dispatch runs the same request
again, first come first served, until the key cannot serve the next client. The first deadline survives all
retries, and so does the place in the queue.
"""

from __future__ import annotations

from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING

from stubredis.clock import Alarm

if TYPE_CHECKING:
    from stubredis.client import Client
    from stubredis.command import Command
    from stubredis.keyspace import Database
    from stubredis.protocol.replies import Block


class Waiting:
    """What a blocked client waits for."""

    __slots__ = ("argv", "block", "command", "database")

    def __init__(self, command: Command, argv: list[bytes], block: Block, database: Database) -> None:
        self.command = command
        self.argv = argv
        self.block = block
        self.database = database


class Blocking:
    """The blocked clients of a server and their deadlines."""

    __slots__ = ("_alarm", "_deadlines", "_sequence", "clients", "for_any_change")

    def __init__(self, alarm: Alarm) -> None:
        self._alarm = alarm
        self.clients: dict[Client, None] = {}
        self.for_any_change = 0
        """How many of them wait for any change of a key, even for its deletion."""
        # A heap of (deadline, arrival, client, what it waited for); those served meanwhile stay in it.
        self._deadlines: list[tuple[int, int, Client, Waiting]] = []
        self._sequence = 0

    def block(self, client: Client, command: Command, argv: list[bytes], block: Block) -> None:
        """Let a client wait; its further requests stay unread until `unblock`."""
        client.stopped = True
        database = client.db
        waiting = client.waiting = Waiting(command, argv, block, database)
        self.clients[client] = None
        self.for_any_change += block.kind is None
        for key in block.keys:
            database.waiters.setdefault(key, {})[client] = None
        database.observe()
        if block.deadline is not None:
            if len(self._deadlines) > 2 * len(self.clients) + 64:
                self._forget_served()
            self._sequence += 1
            heappush(self._deadlines, (block.deadline, self._sequence, client, waiting))
            self._alarm.request(block.deadline)

    def unblock(self, client: Client) -> None:
        """Take a blocked client out of all queues."""
        waiting, client.waiting = client.waiting, None
        assert waiting is not None
        client.stopped = client.closing
        del self.clients[client]
        self.for_any_change -= waiting.block.kind is None
        database = waiting.database
        for key in dict.fromkeys(waiting.block.keys):
            waiters = database.waiters[key]
            del waiters[client]
            if not waiters:
                del database.waiters[key]
        database.observe()

    def timed_out(self, now: int) -> list[Client]:
        """Return the clients whose deadline has passed, still blocked, and set the alarm for the next one."""
        clients = []
        while self._deadlines and self._deadlines[0][0] <= now:
            _, _, client, waiting = heappop(self._deadlines)
            if client.waiting is waiting:
                clients.append(client)
        if self._deadlines:
            self._alarm.request(self._deadlines[0][0])
        return clients

    def _forget_served(self) -> None:
        self._deadlines = [timer for timer in self._deadlines if timer[2].waiting is timer[3]]
        heapify(self._deadlines)
