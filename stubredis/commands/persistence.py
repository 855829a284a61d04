"""Saving, which this server cannot do: it says so, for a client that is told OK relies on a file that is not there."""

from __future__ import annotations

from stubredis.client import Client
from stubredis.command import ADMIN, FAST, LOADING, NO_ASYNC_LOADING, NO_MULTI, NOSCRIPT, STALE, group
from stubredis.errors import SYNTAX, CommandError
from stubredis.protocol.replies import Reply

command = group("server")

SAVING = ADMIN | NOSCRIPT | NO_ASYNC_LOADING
NO_PERSISTENCE = b"ERR This server keeps its data in memory only and cannot save them"


@command("LASTSAVE", LOADING | STALE | FAST, since="1.0.0", categories="admin dangerous")
def lastsave(client: Client) -> Reply:
    """Return when the data were saved last: the start of the server, as long as they have never been."""
    return client.server.started_at // 1000


@command("SAVE", SAVING | NO_MULTI, since="1.0.0", complexity="O(N) where N is the total number of keys")
def save(client: Client) -> Reply:
    """Refuse to save all data."""
    raise CommandError(NO_PERSISTENCE)


@command("BGSAVE [SCHEDULE | CANCEL]", SAVING, since="1.0.0", newer={"valkey-8.1.0": "CANCEL"})
def bgsave(client: Client, *words: bytes) -> Reply:
    """Refuse to save all data in the background."""
    option = words[0].upper() if words else b""
    if len(words) > 1 or option not in (b"", b"SCHEDULE", b"CANCEL"):
        raise CommandError(SYNTAX)
    if option == b"CANCEL":
        raise CommandError(b"ERR Background saving is currently not in progress or scheduled")
    raise CommandError(NO_PERSISTENCE)


@command("BGREWRITEAOF", SAVING, since="1.0.0")
def bgrewriteaof(client: Client) -> Reply:
    """Refuse to write the append-only file anew."""
    raise CommandError(NO_PERSISTENCE)
