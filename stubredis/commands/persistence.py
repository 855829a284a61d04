"""Snapshots: saving all data in a file, at once or in the background. There is no append-only file."""

from __future__ import annotations

from stubredis.client import Client
from stubredis.command import ADMIN, FAST, LOADING, NO_ASYNC_LOADING, NO_MULTI, NOSCRIPT, STALE, group
from stubredis.errors import SYNTAX, CommandError
from stubredis.protocol.replies import OK, Reply, status
from stubredis.rdb.snapshot import SnapshotError

command = group("server")

SAVING = ADMIN | NOSCRIPT | NO_ASYNC_LOADING
IN_PROGRESS = b"ERR Background save already in progress"
NO_APPEND_ONLY_FILE = b"ERR This server has no append-only file"


@command("LASTSAVE", LOADING | STALE | FAST, since="1.0.0", categories="admin dangerous")
def lastsave(client: Client) -> Reply:
    """Return when the data were saved last: the start of the server, as long as they have never been."""
    return client.server.saving.last // 1000


@command("SAVE", SAVING | NO_MULTI, since="1.0.0", complexity="O(N) where N is the total number of keys")
def save(client: Client) -> Reply:
    """Save all data in a file while nothing else happens."""
    saving = client.server.saving
    if saving.started_at is not None:
        raise CommandError(IN_PROGRESS)
    try:
        saving.save()
    except (SnapshotError, OSError) as error:
        raise CommandError(b"ERR %b" % str(error).encode(errors="replace")) from None
    return OK


@command("BGSAVE [SCHEDULE | CANCEL]", SAVING, since="1.0.0", newer={"valkey-8.1.0": "CANCEL"})
def bgsave(client: Client, *words: bytes) -> Reply:
    """Save all data in a file in the background."""
    option = words[0].upper() if words else b""
    if len(words) > 1 or option not in (b"", b"SCHEDULE", b"CANCEL"):
        raise CommandError(SYNTAX)
    saving = client.server.saving
    if option == b"CANCEL":
        if not saving.cancel():
            raise CommandError(b"ERR Background saving is currently not in progress or scheduled")
        return status(b"Background saving cancelled")
    if saving.started_at is not None:
        raise CommandError(IN_PROGRESS)
    saving.begin()
    return status(b"Background saving started")


@command("BGREWRITEAOF", SAVING, since="1.0.0")
def bgrewriteaof(client: Client) -> Reply:
    """Refuse to write the append-only file anew: there is none."""
    raise CommandError(NO_APPEND_ONLY_FILE)
