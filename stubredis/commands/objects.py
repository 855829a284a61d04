"""OBJECT: how values are kept, and how they are used."""

from __future__ import annotations

from stubredis.client import Client
from stubredis.command import READONLY, container, group
from stubredis.datatypes.encodings import encoding_of
from stubredis.errors import CommandError
from stubredis.protocol.replies import Reply

command = group("generic")

container(
    "OBJECT", "generic",
    since="2.2.3", summary="Tell how values are kept and used", help_since="6.2.0",
)  # fmt: skip


@command("OBJECT ENCODING key", READONLY, since="2.2.3", key_access="RO")
def encoding(client: Client, key: bytes) -> Reply:
    """Tell how Redis would keep the value of a key."""
    value = client.db.peek(key)
    return None if value is None else encoding_of(value, client.server.emulated)


@command("OBJECT REFCOUNT key", READONLY, since="2.2.3", key_access="RO")
def refcount(client: Client, key: bytes) -> Reply:
    """Tell how often the value of a key is referred to: once, as values are not shared."""
    return None if client.db.peek(key) is None else 1


RUNTIME = b"Please note that when switching between policies at runtime LRU and LFU data will take some time to adjust."
IDLE_TIME_NOT_TRACKED = b"ERR An LFU maxmemory policy is selected, idle time not tracked. " + RUNTIME
FREQUENCY_NOT_TRACKED = b"ERR An LFU maxmemory policy is not selected, access frequency not tracked. " + RUNTIME


@command("OBJECT IDLETIME key", READONLY, since="2.2.3", key_access="RO")
def idletime(client: Client, key: bytes) -> Reply:
    """Tell for how many seconds a key has not been used."""
    if client.db.peek(key) is None:
        return None
    seconds = client.server.accesses.idle_seconds(client.db, key)
    if seconds is None:
        raise CommandError(IDLE_TIME_NOT_TRACKED)
    return seconds


@command("OBJECT FREQ key", READONLY, since="4.0.0", key_access="RO")
def freq(client: Client, key: bytes) -> Reply:
    """Tell how often a key is used, as the logarithmic counter of an LFU policy."""
    if client.db.peek(key) is None:
        return None
    frequency = client.server.accesses.frequency(client.db, key)
    if frequency is None:
        raise CommandError(FREQUENCY_NOT_TRACKED)
    return frequency
