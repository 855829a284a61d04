"""MONITOR."""

from __future__ import annotations

from stubredis.client import Client
from stubredis.command import ADMIN, LOADING, NOSCRIPT, STALE, group
from stubredis.errors import CommandError
from stubredis.protocol.replies import NO_REPLY, OK, Reply

command = group("server")


@command("MONITOR", ADMIN | NOSCRIPT | LOADING | STALE, since="1.0.0")
def monitor(client: Client) -> Reply:
    """Show every request that the server executes."""
    if not client.may_block:
        raise CommandError(b"ERR MONITOR isn't allowed for DENY BLOCKING client")
    if client.monitors:
        return NO_REPLY
    client.server.monitors.add(client)
    return OK
