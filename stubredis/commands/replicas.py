"""Waiting until changes have reached replicas and files. This server has neither, so waiting ends at its timeout."""

from __future__ import annotations

from stubredis.arguments import integer, integer_between, timeout_milliseconds
from stubredis.client import Client
from stubredis.command import BLOCKING, group
from stubredis.errors import NOT_POSITIVE, CommandError
from stubredis.protocol.replies import Block, Reply

command = group("generic")


@command("WAIT numreplicas timeout", BLOCKING, since="3.0.0", categories="connection -keyspace")
def wait(client: Client, numreplicas: bytes, timeout: bytes) -> Reply:
    """Wait until this many replicas have what the connection has written, and tell how many they are."""
    wanted = integer(numreplicas)
    deadline = timeout_milliseconds(timeout, client.server.clock.now())
    return 0 if wanted <= 0 else Block((), deadline, 0)


@command("WAITAOF numlocal numreplicas timeout", BLOCKING, since="7.2.0", categories="connection -keyspace")
def waitaof(client: Client, numlocal: bytes, numreplicas: bytes, timeout: bytes) -> Reply:
    """Wait until what the connection has written is in this many append-only files, and tell in how many it is."""
    local = integer(numlocal)
    if local not in (0, 1):
        raise CommandError(b"ERR value is out of range, value must between 0 and 1")
    wanted = integer_between(numreplicas, 0, 2**63 - 1, NOT_POSITIVE)
    deadline = timeout_milliseconds(timeout, client.server.clock.now())
    if local:
        raise CommandError(b"ERR WAITAOF cannot be used when numlocal is set but appendonly is disabled.")
    return [0, 0] if not wanted else Block((), deadline, [0, 0])
