"""The log of what was denied, as ACL LOG shows it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from stubredis.permissions import Reason

if TYPE_CHECKING:
    from stubredis.client import Client

SAME_WITHIN = 60_000
"""Milliseconds within which the same denial again is counted, not logged anew."""

SEARCHED = 10
"""How many of the latest records are searched for the same denial."""


@dataclass(slots=True)
class Record:
    """One denial, and how often it happened."""

    number: int
    reason: Reason
    context: str
    object: bytes
    username: bytes
    client_info: bytes
    created: int
    updated: int
    count: int = 1

    def is_like(self, other: Record) -> bool:
        return (
            (self.reason, self.context, self.object, self.username)
            == (other.reason, other.context, other.object, other.username)
            and abs(self.updated - other.updated) <= SAME_WITHIN
        )  # fmt: skip


class AclLog:
    """The latest denials, the newest first, and the number of all by their reason."""

    def __init__(self, describe: Callable[[Client], bytes]) -> None:
        self._describe = describe
        self._next = 0
        self.records: deque[Record] = deque()
        self.denied = dict.fromkeys(Reason, 0)
        self.context = "toplevel"
        """Where requests come from: `toplevel`, `multi` while EXEC runs, `lua` while a script does."""

    def add(self, client: Client, reason: Reason, name: bytes, username: bytes) -> None:
        """Log that something of this name was denied to a user."""
        self.denied[reason] += 1
        length = client.server.config.acllog_max_len
        if not length:
            self.records.clear()
            return
        now = client.server.clock.now()
        context = "multi" if client.in_transaction else self.context
        info = self._describe(client.server.current or client).rstrip(b"\n")  # scripts have a client of their own
        record = Record(self._next, reason, context, name, username, info, now, now)
        for known in islice(self.records, SEARCHED):
            if known.is_like(record):
                known.count += 1
                known.updated, known.client_info = now, info
                self.records.remove(known)
                self.records.appendleft(known)
                return
        self._next += 1
        self.records.appendleft(record)
        while len(self.records) > length:
            self.records.pop()
