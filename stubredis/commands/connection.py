"""Connection."""
from __future__ import annotations

from stubredis.client import Client
from stubredis.command import *
from stubredis.command import group
from stubredis.protocol.replies import PONG, Reply

command = group("connection")
@command("PING [message]", FAST | SUBSCRIBER, since="1.0.0")
def ping(client: Client, message: bytes | None = None) -> Reply:
    """Answer PONG."""
    return PONG if message is None else message
