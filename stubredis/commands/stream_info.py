"""XINFO: what there is to know of a stream, its groups and their consumers."""

from __future__ import annotations

from itertools import islice
from typing import Any

from stubredis.arguments import integer
from stubredis.client import Client
from stubredis.command import READONLY, container, group
from stubredis.datatypes.stream_groups import Consumer, Group, Pending
from stubredis.datatypes.stream_ids import GREATEST, text
from stubredis.datatypes.streams import Entry, Stream
from stubredis.errors import NO_SUCH_KEY, CommandError, no_such_group, wrong_subcommand
from stubredis.protocol.replies import Reply
from stubredis.versions import NewerFields

command = group("stream")
container("XINFO", "stream", since="5.0.0", summary="Carries the commands that describe streams", help_since="5.0.0")

NEWER = NewerFields(
    {
        "7.0.0": "max-deleted-entry-id entries-added recorded-first-entry-id entries-read lag",
        "7.2.0": "inactive active-time",
    }
)
"""What newer servers say of a stream, a group and a consumer."""
FEW = 10
"""How many entries XINFO STREAM FULL shows of each list unless COUNT says more."""


def existing_stream(client: Client, key: bytes) -> Stream:
    """Return the stream of a key that must exist."""
    stream = client.db.read(key, Stream)
    if stream is None:
        raise CommandError(NO_SUCH_KEY)
    return stream


@command("XINFO STREAM key [FULL [COUNT count]]", READONLY, since="5.0.0", complexity="O(N) for N shown entries.")
def xinfo_stream(client: Client, key: bytes, *words: bytes) -> Reply:
    """Describe a stream, with FULL also its entries and all about its groups."""
    stream = existing_stream(client, key)
    if not words:
        first, last = stream.range(0, GREATEST, 1), stream.range(0, GREATEST, 1, backwards=True)
        return {
            **counters(client, stream),
            b"groups": len(stream.groups),
            b"first-entry": shown(first[0]) if first else None,
            b"last-entry": shown(last[0]) if last else None,
        }
    if len(words) not in (1, 3) or words[0].upper() != b"FULL":
        raise wrong_subcommand("XINFO", "STREAM")
    count = FEW
    if len(words) == 3:
        if words[1].upper() != b"COUNT":
            raise wrong_subcommand("XINFO", "STREAM")
        count = integer(words[2])
        if count < 0:
            count = FEW
    return {
        **counters(client, stream),
        b"entries": [shown(entry) for entry in stream.range(0, GREATEST, count)],
        b"groups": [described(client, stream, name, group, count) for name, group in sorted(stream.groups.items())],
    }


def counters(client: Client, stream: Stream) -> dict[bytes, Any]:
    """Return what both forms of XINFO STREAM begin with; about producers only if a stream has had some."""
    fields = {
        b"length": len(stream),
        b"radix-tree-keys": stream.nodes,
        b"radix-tree-nodes": stream.tree_nodes,
        b"last-generated-id": text(stream.last_id),
        b"max-deleted-entry-id": text(stream.max_deleted_id),
        b"entries-added": stream.added,
        b"recorded-first-entry-id": text(stream.first_id),
    }
    found = NEWER.known(client.server.emulated, fields)
    producers = stream.producers
    if producers is None:
        return found
    producers.expire(client.db.keyspace.now())
    return found | {
        b"idmp-duration": producers.duration,
        b"idmp-maxsize": producers.most,
        b"pids-tracked": len(producers),
        b"iids-tracked": producers.tracked,
        b"iids-added": producers.added,
        b"iids-duplicates": producers.duplicates,
    }


def shown(entry: Entry) -> list[object]:
    """Return an entry as it is replied."""
    return [text(entry[0]), entry[1]]


def described(client: Client, stream: Stream, name: bytes, group: Group, count: int) -> dict[bytes, Any]:
    """Return all about a group, with at most so many of what is pending, 0 for all."""
    pending = [
        [text(entry_id), b"" if delivery.consumer is None else delivery.consumer.name, delivery.time, delivery.count]
        for entry_id, delivery in first_of(group.pending, count)
    ]
    emulated = client.server.emulated
    fields: dict[bytes, Any] = {
        b"name": name,
        b"last-delivered-id": text(group.last_id),
        b"entries-read": group.entries_read,
        b"lag": stream.lag(group),
        b"pel-count": len(group.pending),
    }
    found = NEWER.known(emulated, fields)
    given_back = len(group.pending) - sum(len(consumer.pending) for consumer in group.consumers.values())
    if given_back:
        found[b"nacked-count"] = given_back
    return found | {
        b"pending": pending,
        b"consumers": [
            NEWER.known(emulated, described_consumer(consumer, count))
            for _, consumer in sorted(group.consumers.items())
        ],
    }


def described_consumer(consumer: Consumer, count: int) -> dict[bytes, Any]:
    """Return all about a consumer."""
    return {
        b"name": consumer.name,
        b"seen-time": consumer.seen_time,
        b"active-time": consumer.active_time,
        b"pel-count": len(consumer.pending),
        b"pending": [
            [text(entry_id), delivery.time, delivery.count]
            for entry_id, delivery in first_of(consumer.pending, count)
        ],
    }  # fmt: skip


def first_of(pending: Pending, count: int) -> Any:
    """Iterate over what is pending in the order of ids."""
    return islice(pending.starting_at(0), count or None)


@command("XINFO GROUPS key", READONLY, since="5.0.0")
def xinfo_groups(client: Client, key: bytes) -> Reply:
    """List the consumer groups of a stream."""
    stream = existing_stream(client, key)
    shown: list[dict[bytes, Any]] = [
        {
            b"name": name,
            b"consumers": len(group.consumers),
            b"pending": len(group.pending),
            b"last-delivered-id": text(group.last_id),
            b"entries-read": group.entries_read,
            b"lag": stream.lag(group),
        }
        for name, group in sorted(stream.groups.items())
    ]
    return [NEWER.known(client.server.emulated, fields) for fields in shown]


@command("XINFO CONSUMERS key group", READONLY, since="5.0.0")
def xinfo_consumers(client: Client, key: bytes, group: bytes) -> Reply:
    """List the consumers of a group."""
    stream = existing_stream(client, key)
    if group not in stream.groups:
        raise no_such_group(key, group)
    now = client.db.keyspace.now()
    shown: list[dict[bytes, Any]] = [
        {
            b"name": name,
            b"pending": len(consumer.pending),
            b"idle": max(now - consumer.seen_time, 0),
            b"inactive": -1 if consumer.active_time == -1 else now - consumer.active_time,
        }
        for name, consumer in sorted(stream.groups[group].consumers.items())
    ]
    return [NEWER.known(client.server.emulated, fields) for fields in shown]
