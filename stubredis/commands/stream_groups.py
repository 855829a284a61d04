"""Consumer groups of streams: making and ending them, and acknowledging what was delivered.

How entries are delivered is in stream_delivery.py.
"""

from __future__ import annotations

from collections.abc import Sequence

from stubredis.arguments import MAX_INTEGER, integer, integer_between
from stubredis.client import Client
from stubredis.command import DENYOOM, FAST, WRITE, container, group
from stubredis.datatypes.stream_groups import Consumer, Group
from stubredis.datatypes.stream_ids import any_id, exact_id
from stubredis.datatypes.streams import References, Stream
from stubredis.errors import SYNTAX, CommandError, no_such_group, wrong_subcommand
from stubredis.keyspace import STREAM
from stubredis.protocol.replies import OK, Reply

command = group("stream")
container("XGROUP", "stream", since="5.0.0", summary="Carries the commands for consumer groups", help_since="5.0.0")

NO_STREAM = (
    b"ERR The XGROUP subcommand requires the key to exist. Note that for CREATE you may want to use the MKSTREAM "
    b"option to create an empty stream automatically."
)

# Groups


class Options:
    """The options of XGROUP CREATE and SETID, in any order and any number."""

    def __init__(self, words: Sequence[bytes], subcommand: str) -> None:
        self.create = False
        self.entries_read: int | None = None
        rest = iter(words)
        for option in rest:
            if option.upper() == b"MKSTREAM" and subcommand == "CREATE":
                self.create = True
                continue
            word = next(rest, None)
            if option.upper() != b"ENTRIESREAD" or word is None:
                raise wrong_subcommand("XGROUP", subcommand)
            value = integer(word)
            if value < -1:
                raise CommandError(b"ERR value for ENTRIESREAD must be positive or -1")
            self.entries_read = None if value == -1 else value


def existing_stream(client: Client, key: bytes) -> Stream:
    """Return the stream of a key that must exist."""
    stream = client.db.write(key, Stream)
    if stream is None:
        raise CommandError(NO_STREAM)
    return stream


def existing_group(client: Client, key: bytes, name: bytes) -> tuple[Stream, Group]:
    """Return the stream of a key and a group of it, both of which must exist."""
    stream = existing_stream(client, key)
    if name not in stream.groups:
        raise no_such_group(key, name)
    return stream, stream.groups[name]


@command(
    "XGROUP CREATE key group <id | $> [MKSTREAM] [ENTRIESREAD entries-read]", WRITE | DENYOOM,
    since="5.0.0", newer={"7.0.0": "ENTRIESREAD"}, key_access="RW insert",
)  # fmt: skip
def xgroup_create(client: Client, key: bytes, group: bytes, start: bytes, *words: bytes) -> Reply:
    """Create a consumer group that reads from behind an id on."""
    db = client.db
    options = Options(words, "CREATE")
    stream = db.write(key, Stream) if options.create else existing_stream(client, key)
    if len(words) > 3:
        raise wrong_subcommand("XGROUP", "CREATE")
    last_id = 0
    if start != b"$":
        last_id = exact_id(start)
    elif stream is not None:
        last_id = stream.last_id
    if stream is None:
        stream = Stream()
        db.add(key, stream)
        db.touch(key)
    if group in stream.groups:
        raise CommandError(b"BUSYGROUP Consumer Group name already exists")
    stream.groups[group] = Group(last_id, entries_read(stream, options))
    db.changed_beside(key, b"xgroup-create", STREAM)
    return OK


def entries_read(stream: Stream, options: Options) -> int | None:
    """Return the number of entries that a group has read, no more than there were."""
    return None if options.entries_read is None else min(options.entries_read, stream.added)


@command(
    "XGROUP SETID key group <id | $> [ENTRIESREAD entries-read]",
    WRITE,
    since="5.0.0",
    newer={"7.0.0": "ENTRIESREAD"},
    key_access="RW update",
)
def xgroup_setid(client: Client, key: bytes, group: bytes, start: bytes, *words: bytes) -> Reply:
    """Let a group go on reading from behind an id."""
    options = Options(words, "SETID")
    stream, found = existing_group(client, key, group)
    if len(words) not in (0, 2):
        raise wrong_subcommand("XGROUP", "SETID")
    found.last_id = stream.last_id if start == b"$" else any_id(start)
    found.entries_read = entries_read(stream, options)
    client.db.changed_beside(key, b"xgroup-setid", STREAM)
    return OK


@command(
    "XGROUP DESTROY key group", WRITE,
    since="5.0.0", key_access="RW delete", complexity="O(N) for N pending entries.",
)  # fmt: skip
def xgroup_destroy(client: Client, key: bytes, group: bytes) -> Reply:
    """Remove a consumer group. Clients that are blocked on it get an error."""
    db = client.db
    stream = existing_stream(client, key)
    if stream.groups.pop(group, None) is None:
        return 0
    db.changed_beside(key, b"xgroup-destroy", STREAM)
    if key in db.waiters:
        db.keyspace.effects.key_ready(db, key)
    return 1


@command("XGROUP CREATECONSUMER key group consumer", WRITE | DENYOOM, since="6.2.0", key_access="RW insert")
def xgroup_createconsumer(client: Client, key: bytes, group: bytes, consumer: bytes) -> Reply:
    """Create a consumer of a group."""
    _, found = existing_group(client, key, group)
    if consumer in found.consumers:
        return 0
    found.consumers[consumer] = Consumer(consumer, client.db.keyspace.now())
    client.db.changed_beside(key, b"xgroup-createconsumer", STREAM)
    return 1


@command(
    "XGROUP DELCONSUMER key group consumer", WRITE,
    since="5.0.0", key_access="RW delete", complexity="O(N) for N pending entries.",
)  # fmt: skip
def xgroup_delconsumer(client: Client, key: bytes, group: bytes, consumer: bytes) -> Reply:
    """Remove a consumer and what it has not acknowledged; return how much that is."""
    _, found = existing_group(client, key, group)
    owner = found.consumers.get(consumer)
    if owner is None:
        return 0
    found.remove_consumer(owner)
    client.db.changed_beside(key, b"xgroup-delconsumer", STREAM)
    return len(owner.pending)


# Acknowledging


@command(
    "XACK key group id [id ...]", WRITE | FAST, since="5.0.0", key_access="RW update", complexity="O(N) for N ids."
)
def xack(client: Client, key: bytes, group: bytes, *words: bytes) -> Reply:
    """Acknowledge entries: they are no longer pending."""
    stream = client.db.read(key, Stream)
    found = None if stream is None else stream.groups.get(group)
    if found is None:
        return 0
    acknowledged = sum(map(found.remove, list(map(exact_id, words))))
    if acknowledged:
        client.db.changed_beside(key, None, STREAM, acknowledged)
    return acknowledged


NOT_FOUND, DELETED, STILL_REFERENCED = -1, 1, 2


def ids_to_delete(words: Sequence[bytes]) -> tuple[References, Sequence[bytes]]:
    """Read the options of XDELEX and XACKDEL; the ids are not looked at yet."""
    references: References | None = None
    ids: Sequence[bytes] | None = None
    at = 0
    while at < len(words):
        option = words[at].upper()
        if option in (b"KEEPREF", b"DELREF", b"ACKED") and references is None:
            references = References(option)
            at += 1
        elif option == b"IDS" and at + 1 < len(words):
            number = integer_between(words[at + 1], 1, MAX_INTEGER, b"ERR Number of IDs must be a positive integer")
            ids = words[at + 2 : at + 2 + number]
            if len(ids) < number:
                raise CommandError(b"ERR The `numids` parameter must match the number of arguments")
            at += 2 + number
        else:
            raise CommandError(SYNTAX)
    if ids is None:
        raise CommandError(b"ERR IDS option is required")
    return references or References.KEEP, ids


def may_go(stream: Stream, entry_id: int, references: References) -> bool:
    """Tell whether an entry may be deleted; the references to it are removed if they are to go with it."""
    if references is References.REMOVE:
        stream.remove_references(entry_id)
    return references is not References.RESPECT or not stream.is_referenced(entry_id)


@command(
    "XDELEX key [KEEPREF | DELREF | ACKED] IDS numids id [id ...]", WRITE | FAST,
    since="8.2.0", key_access="RW delete", complexity="O(N) for N ids.",
)  # fmt: skip
def xdelex(client: Client, key: bytes, *words: bytes) -> Reply:
    """Delete entries; tell for each whether it was there, and whether it stays because a group still needs it."""
    stream = client.db.write(key, Stream)
    references, ids = ids_to_delete(words)
    if stream is None:
        return [NOT_FOUND] * len(ids)
    results = []
    for entry_id in list(map(exact_id, ids)):
        if not may_go(stream, entry_id, references):
            results.append(STILL_REFERENCED)
        else:
            results.append(DELETED if stream.delete(entry_id) else NOT_FOUND)
    deleted = results.count(DELETED)
    if deleted:
        client.db.changed(key, b"xdel", STREAM, deleted)
    return results


@command(
    "XACKDEL key group [KEEPREF | DELREF | ACKED] IDS numids id [id ...]", WRITE | FAST,
    since="8.2.0", key_access="RW delete update", complexity="O(N) for N ids.",
)  # fmt: skip
def xackdel(client: Client, key: bytes, group: bytes, *words: bytes) -> Reply:
    """Acknowledge entries and delete them; tell for each whether it was pending, and whether it stays."""
    stream = client.db.read(key, Stream)
    references, ids = ids_to_delete(words)
    found = None if stream is None else stream.groups.get(group)
    if stream is None or found is None:
        return [NOT_FOUND] * len(ids)
    results = []
    deleted = 0
    for entry_id in list(map(exact_id, ids)):
        if not found.remove(entry_id):
            results.append(NOT_FOUND)
        elif may_go(stream, entry_id, references):
            deleted += stream.delete(entry_id)
            results.append(DELETED)  # also if it was deleted before
        else:
            results.append(STILL_REFERENCED)
    acknowledged = len(results) - results.count(NOT_FOUND)
    if deleted:
        client.db.changed(key, b"xdel", STREAM, acknowledged)
    elif acknowledged:
        client.db.changed_beside(key, None, STREAM, acknowledged)
    return results
