"""MEMORY: what keys and the server take."""

from __future__ import annotations

import gc
import sys

from stubredis.arguments import integer
from stubredis.client import Client
from stubredis.command import LOADING, READONLY, container, group
from stubredis.datatypes.census import SAMPLES, cost
from stubredis.datatypes.sizes import PLACE
from stubredis.errors import SYNTAX, CommandError
from stubredis.info import human
from stubredis.memory import Memory
from stubredis.process import resident_memory
from stubredis.protocol.replies import OK, Reply, Verbatim
from stubredis.versions import NewerFields

command = group("server")
container("MEMORY", "server", since="4.0.0", help_since="4.0.0", summary="Look at what the data take")

NEWER = NewerFields(
    {
        "7.0.0": "cluster.links functions.caches",
        "7.4.0 valkey-8.0.0": "allocator.muzzy overhead.db.hashtable.lut overhead.db.hashtable.rehashing "
        "db.dict.rehashing.count",
        "8.0.0": "replica.fullsync.buffer script.VMs",
    }
)
"""What newer servers say in MEMORY STATS."""
TOO_LITTLE = 5 << 20
"""Bytes below which nothing can be said."""


@command(
    "MEMORY USAGE key [SAMPLES count]", READONLY, since="4.0.0", key_access="RO",
    complexity="O(N) where N is the number of samples.",
)  # fmt: skip
def usage(client: Client, key: bytes, *options: bytes) -> Reply:
    """Return the bytes that a key takes with its value, judged by some of the parts of a large one, or by all for 0."""
    samples = SAMPLES
    words = list(options)
    while words:
        if words.pop(0).upper() != b"SAMPLES" or not words:
            raise CommandError(SYNTAX)
        samples = integer(words.pop(0))
        if samples < 0:
            raise CommandError(SYNTAX)
    value = client.db.values.get(key)
    if value is None or client.db.is_expired(key):
        return None
    return cost(key, value, samples) + PLACE


@command("MEMORY STATS", since="4.0.0")
def stats(client: Client) -> Reply:
    """Tell what takes how much."""
    server = client.server
    memory = server.memory
    used = memory.refresh()
    resident = resident_memory()
    allocated = memory.interpreter + used
    databases = [database for database in server.keyspace.databases if database.values]
    keys = sum(len(database.values) for database in databases)
    overhead, startup = memory.overhead, memory.startup
    lua, evaluated, code = server.scripting.memory
    dataset = used - overhead
    net = max(used - startup, 1)
    fields = {
        b"peak.allocated": memory.peak,
        b"total.allocated": used,
        b"startup.allocated": startup,
        b"replication.backlog": 0,
        b"replica.fullsync.buffer": 0,
        b"clients.slaves": 0,
        b"clients.normal": memory.clients,
        b"cluster.links": 0,
        b"aof.buffer": 0,
        b"lua.caches": evaluated,
        b"functions.caches": code,
        b"script.VMs": lua,
        **{
            b"db.%d" % database.index: {
                b"overhead.hashtable.main": memory.main_table(database),
                b"overhead.hashtable.expires": memory.expires_table(database),
            }
            for database in databases
        },
        b"overhead.db.hashtable.lut": sum(map(memory.main_table, databases)),
        b"overhead.db.hashtable.rehashing": 0,
        b"overhead.total": overhead,
        b"db.dict.rehashing.count": 0,
        b"keys.count": keys,
        b"keys.bytes-per-key": (used - startup) // keys if keys else 0,
        b"dataset.bytes": dataset,
        b"dataset.percentage": dataset / net * 100,
        b"peak.percentage": used / memory.peak * 100,
        b"allocator.allocated": allocated,
        b"allocator.active": resident,
        b"allocator.resident": resident,
        b"allocator.muzzy": 0,
        b"allocator-fragmentation.ratio": resident / allocated,
        b"allocator-fragmentation.bytes": resident - allocated,
        b"allocator-rss.ratio": 1.0,
        b"allocator-rss.bytes": 0,
        b"rss-overhead.ratio": 1.0,
        b"rss-overhead.bytes": 0,
        b"fragmentation": resident / allocated,
        b"fragmentation.bytes": resident - allocated,
    }
    return NEWER.known(server.emulated, fields)


@command("MEMORY DOCTOR", since="4.0.0")
def doctor(client: Client) -> Reply:
    """Say in words what is remarkable about the memory."""
    return Verbatim("\n".join(diagnosis(client.server.memory, len(client.server.clients))).encode())


def diagnosis(memory: Memory, clients: int) -> list[str]:
    """Return what is remarkable, a line for each finding."""
    used = memory.refresh()
    if used < TOO_LITTLE:
        return [f"The data take {human(used)}, which is too little to say anything about it."]
    allocated, resident = memory.interpreter + used, resident_memory()
    found = []
    if memory.peak > 1.5 * used:
        found.append(
            f"Peak: the data have taken {human(memory.peak)}, and take {human(used)} now. The process may keep what is "
            "free for later; MEMORY PURGE gives back what can be given back."
        )
    if resident > 1.4 * allocated and resident - allocated > 2 * TOO_LITTLE:
        found.append(
            f"Fragmentation: the process takes {human(resident)}, {human(resident - allocated)} more than the data and "
            "the interpreter need. It comes from values that were removed, and is used again by new ones."
        )
    if memory.clients > 200 * 1024 * clients:
        found.append(
            f"Clients: {clients} clients take {human(memory.clients)}. Some of them send faster than they read, or "
            "have large transactions; CLIENT LIST shows which."
        )
    return found or [f"The data take {human(used)}, and nothing is remarkable about that."]


@command("MEMORY PURGE", LOADING, since="4.0.0")
def purge(client: Client) -> Reply:
    """Give free memory back to the operating system, as far as possible."""
    client.server.memory.purge()
    return OK


@command("MEMORY MALLOC-STATS", LOADING, since="4.0.0")
def malloc_stats(client: Client) -> Reply:
    """Tell about the allocator, which is that of Python."""
    generations = "".join(
        f"generation {number}: {counts['collections']} collections, {counts['collected']} objects collected\n"
        for number, counts in enumerate(gc.get_stats())
    )
    return Verbatim(
        f"Python {sys.version.split()[0]}, {sys.getallocatedblocks()} blocks allocated\n{generations}".encode()
    )
