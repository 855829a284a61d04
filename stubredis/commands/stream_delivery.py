"""How the entries of streams reach clients and consumers: reading, claiming, giving back.

XREADGROUP and the claims are propagated as what they have done: XCLAIM for each delivery, with the time and
the count of it, and XGROUP SETID for how far a group has read.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from stubredis.arguments import MAX_INTEGER, integer, integer_between
from stubredis.client import Client
from stubredis.command import BLOCKING, FAST, READONLY, WRITE, group
from stubredis.datatypes.stream_groups import GREATEST_COUNT, Consumer, Delivery, Group
from stubredis.datatypes.stream_ids import GREATEST, exact_id, interval_end, interval_start, text
from stubredis.datatypes.streams import Stream
from stubredis.errors import (
    SYNTAX,
    TIMEOUT_NEGATIVE,
    TIMEOUT_NOT_AN_INTEGER,
    TIMEOUT_OUT_OF_RANGE,
    WRONG_TYPE,
    CommandError,
    no_group,
    printed,
)
from stubredis.keyspace import STREAM, Database
from stubredis.protocol.replies import NULL_ARRAY, Block, Entries, MapOfPairs, Reply

command = group("stream")


class Place:
    """A consumer group of a stream, and the words that name both in what is propagated."""

    __slots__ = ("db", "group", "key", "name", "stream")

    def __init__(self, db: Database, key: bytes, name: bytes, stream: Stream | None, where: bytes = b"") -> None:
        group = None if stream is None else stream.groups.get(name)
        if stream is None or group is None:
            raise no_group(key, name, where)
        self.db = db
        self.key = key
        self.name = name
        self.stream = stream
        self.group: Group = group

    def consumer(self, name: bytes) -> tuple[Consumer, bool]:
        """Return a consumer that tries to get entries now, and whether it is a new one."""
        now = self.db.keyspace.now()
        found = self.group.consumers.get(name)
        if found is not None:
            found.seen_time = now
            return found, False
        found = self.group.consumers[name] = Consumer(name, now)
        self.count_change(b"xgroup-createconsumer")
        return found, True

    def count_change(self, event: bytes | None = None) -> None:
        """Count a change whose propagation is seen to apart from that of the request."""
        db = self.db
        db.dirty += 1
        if event is not None and db.observed:
            db.keyspace.notify(db, self.key, event, STREAM)

    def propagate(self, *argv: bytes) -> None:
        """Let persistence and replicas repeat a command. The request itself is not propagated."""
        effects = self.db.keyspace.effects
        if effects.subscribers:
            effects.propagated.append((self.db.index, list(argv)))
            effects.pending = True

    def propagate_consumer(self, consumer: Consumer) -> None:
        """Propagate that there is a new consumer."""
        self.propagate(b"XGROUP", b"CREATECONSUMER", self.key, self.name, consumer.name)

    def propagate_claim(self, entry_id: int, delivery: Delivery) -> None:
        """Propagate a delivery as XCLAIM; one that belongs to nobody is gone, and propagated as acknowledged."""
        if not self.db.keyspace.effects.subscribers:
            return
        if delivery.consumer is None:
            self.propagate(b"XACK", self.key, self.name, text(entry_id))
            return
        self.propagate(
            b"XCLAIM", self.key, self.name, delivery.consumer.name, b"0", text(entry_id),
            b"TIME", b"%d" % delivery.time, b"RETRYCOUNT", b"%d" % delivery.count,
            b"FORCE", b"JUSTID", b"LASTID", text(self.group.last_id),
        )  # fmt: skip

    def propagate_last_id(self) -> None:
        """Propagate how far the group has read."""
        group = self.group
        read = -1 if group.entries_read is None else group.entries_read
        self.propagate(b"XGROUP", b"SETID", self.key, self.name, text(group.last_id), b"ENTRIESREAD", b"%d" % read)


def shown(entry_id: int, fields: Sequence[bytes], *more: int) -> list[object]:
    """Return an entry as it is replied."""
    return [text(entry_id), fields, *more]


# Reading

UNBALANCED = b"ERR Unbalanced '%b' list of streams: for each stream key an %b must be specified."
NO_GROUP_OPTION = b"ERR Missing GROUP option for XREADGROUP"
FOR_GROUPS = b"ERR The %b option is only supported by XREADGROUP. You called XREAD instead."
NOT_FOR_GROUPS = (
    b"ERR The %b ID is meaningless in the context of XREADGROUP: you want to read the history of this consumer by "
    b"specifying a proper ID, or use the > ID to get new messages. The %b ID would just return an empty result set."
)
UNREAD_OF_NO_GROUP = (
    b"ERR The > ID can be specified only when calling XREADGROUP using the GROUP <group> <consumer> option."
)

UNREAD = GREATEST
"""What stands for the id `>`."""


class Reading:
    """The words of XREAD and XREADGROUP."""

    __slots__ = ("consumer", "count", "deadline", "group", "ids", "keys", "min_idle", "noack", "waits")

    def __init__(self, client: Client, words: Sequence[bytes], *, grouped: bool) -> None:
        self.keys: Sequence[bytes] = ()
        self.ids: Sequence[bytes] = ()
        self.count = 0
        self.waits = False
        self.deadline: int | None = None
        self.group: bytes | None = None
        self.consumer = b""
        self.noack = False
        self.min_idle: int | None = None
        at = 0
        while at < len(words):
            option, more = words[at].upper(), len(words) - 1 - at
            if option == b"STREAMS" and more:
                if more % 2:
                    name, kinds = (b"xreadgroup", b"ID or '>'") if grouped else (b"xread", b"ID, '+', or '$'")
                    raise CommandError(UNBALANCED % (name, kinds))
                self.keys, self.ids = words[at + 1 : at + 1 + more // 2], words[at + 1 + more // 2 :]
                break
            if option == b"COUNT" and more:
                self.count = max(integer(words[at + 1]), 0)
            elif option == b"BLOCK" and more:
                self.waits = True
                self.deadline = block_deadline(words[at + 1], client.db.keyspace.now())
            elif option in FOR_GROUPS_ONLY and more >= FOR_GROUPS_ONLY[option]:
                if not grouped:
                    raise CommandError(FOR_GROUPS % option)
                self.read_group_option(option, words[at + 1 : at + 3])
                at += FOR_GROUPS_ONLY[option] - 1
            else:
                raise CommandError(SYNTAX)
            at += 2
        if not self.keys:
            raise CommandError(SYNTAX)
        if grouped and self.group is None:
            raise CommandError(NO_GROUP_OPTION)

    def read_group_option(self, option: bytes, words: Sequence[bytes]) -> None:
        """Read an option that only XREADGROUP has."""
        if option == b"GROUP":
            self.group, self.consumer = words
        elif option == b"NOACK":
            self.noack = True
        else:
            self.min_idle = integer(words[0], b"ERR min-idle-time is not an integer or out of range")
            if self.min_idle < 0:
                raise CommandError(b"ERR min-idle-time must be a positive integer")


FOR_GROUPS_ONLY = {b"GROUP": 2, b"CLAIM": 1, b"NOACK": 0}
"""The options that only XREADGROUP has, and how many words follow each."""


def block_deadline(word: bytes, now: int) -> int | None:
    """Read the timeout of BLOCK in milliseconds: a deadline, None for ever."""
    milliseconds = integer(word, TIMEOUT_NOT_AN_INTEGER)
    if milliseconds < 0:
        raise CommandError(TIMEOUT_NEGATIVE)
    if milliseconds > MAX_INTEGER - now:
        raise CommandError(TIMEOUT_OUT_OF_RANGE)
    return now + milliseconds if milliseconds else None


@command(
    "XREAD [COUNT count] [BLOCK milliseconds] STREAMS key [key ...] id [id ...]", READONLY | BLOCKING,
    since="5.0.0", complexity="O(M) for M returned entries.",
)  # fmt: skip
def xread(client: Client, *words: bytes) -> Reply:
    """Return the entries behind an id, of several streams, or wait for some."""
    reading = Reading(client, words, grouped=False)
    # What `$` stands for is settled when the client is blocked: what is added then is behind it.
    remembered = None if client.waiting is None else client.waiting.block.memory
    streams = []
    starts = []
    for index, (key, word) in enumerate(zip(reading.keys, reading.ids, strict=True)):
        stream = client.db.read(key, Stream)
        if word == b"$":
            start = remembered[index] if remembered is not None else 0 if stream is None else stream.last_id
        elif word == b"+":
            start = stream.top_id - 1 if stream else 0
        elif word == b">":
            raise CommandError(UNREAD_OF_NO_GROUP)
        else:
            start = exact_id(word)
        streams.append(stream)
        starts.append(start)
    replies = MapOfPairs()
    for key, stream, start in zip(reading.keys, streams, starts, strict=True):
        if stream and stream.top_id > start:
            entries = stream.range(start + 1, GREATEST, reading.count)
            replies.append((key, Entries((text(entry_id), fields) for entry_id, fields in entries)))
    if replies:
        return replies
    if reading.waits:
        return Block(reading.keys, reading.deadline, NULL_ARRAY, kind=Stream, memory=starts)
    return NULL_ARRAY


@command(
    "XREADGROUP GROUP group consumer [COUNT count] [BLOCK milliseconds] [CLAIM min-idle-time] [NOACK] "
    "STREAMS key [key ...] id [id ...]",
    WRITE | BLOCKING,
    since="5.0.0",
    newer={"8.4.0": "CLAIM"},
    key_access="RO access",
    complexity="O(M) for M returned entries.",
)
def xreadgroup(client: Client, *words: bytes) -> Reply:
    """Return entries that no consumer of a group has got yet, or those that this one has not acknowledged."""
    reading = Reading(client, words, grouped=True)
    db = client.db
    assert reading.group is not None
    places = []
    for key, word in zip(reading.keys, reading.ids, strict=True):
        place = Place(db, key, reading.group, db.read(key, Stream), b" in XREADGROUP with GROUP option")
        if word in (b"$", b"+"):
            raise CommandError(NOT_FOR_GROUPS % (word, word))
        places.append((place, UNREAD if word == b">" else exact_id(word)))
    replies = MapOfPairs()
    for place, start in places:
        consumer, is_new = place.consumer(reading.consumer)
        if is_new and reading.noack:
            place.propagate_consumer(consumer)
        if start != UNREAD:
            delivered = False
            replies.append((place.key, history(place, consumer, start, reading.count)))
        else:
            entries, delivered = deliver(place, consumer, reading)
            if entries:
                replies.append((place.key, entries))
            if delivered:
                place.count_change()
        if is_new and not reading.noack and not delivered:  # otherwise XCLAIM creates it
            place.propagate_consumer(consumer)
    if replies:
        return replies
    if reading.waits:
        if reading.min_idle is not None:
            wait_for_idle(places, reading.min_idle)
        return Block(reading.keys, reading.deadline, NULL_ARRAY)
    return NULL_ARRAY


def history(place: Place, consumer: Consumer, start: int, count: int) -> list[list[object]]:
    """Return what a consumer has not acknowledged from behind an id on; those entries count as delivered again."""
    now = place.db.keyspace.now()
    entries: list[list[object]] = []
    for entry_id, delivery in consumer.pending.starting_at(start + 1):
        fields = place.stream.get(entry_id)
        if fields is None:  # deleted meanwhile
            entries.append([text(entry_id), NULL_ARRAY])
        else:
            delivery.count_again()
            place.group.hand_over(entry_id, delivery, consumer, now)
            entries.append(shown(entry_id, fields))
        if len(entries) == count:
            break
    return entries


def deliver(place: Place, consumer: Consumer, reading: Reading) -> tuple[list[list[object]], bool]:
    """Deliver what has been pending for too long, then new entries; tell whether this is to be propagated."""
    group, stream = place.group, place.stream
    now = place.db.keyspace.now()
    claiming = reading.min_idle is not None
    entries = claim_idle(place, consumer, reading.min_idle, reading.count) if reading.min_idle is not None else []
    changed = bool(entries)
    if stream.top_id > group.last_id and not (reading.count and len(entries) == reading.count):
        for entry_id, fields in stream.range(
            group.last_id + 1, GREATEST, reading.count and reading.count - len(entries)
        ):
            stream.note_read(group, entry_id)
            if not reading.noack:
                delivery = group.deliver(entry_id, consumer, now)
                consumer.active_time = now
                place.propagate_claim(entry_id, delivery)
            entries.append(shown(entry_id, fields, 0, 0) if claiming else shown(entry_id, fields))
        place.propagate_last_id()
        changed = True
    return entries, changed


def claim_idle(place: Place, consumer: Consumer, min_idle: int, count: int) -> list[list[object]]:
    """Deliver what has been pending for so long, the oldest first, each with its age and number of deliveries."""
    now = place.db.keyspace.now()
    idle = []
    for entry_id, delivery in place.group.by_age():
        if now - delivery.time < min_idle:
            break
        fields = place.stream.get(entry_id)
        if fields is not None:
            idle.append((entry_id, fields, delivery))
            if len(idle) == count:
                break
    entries = []
    for entry_id, fields, delivery in idle:
        entries.append(shown(entry_id, fields, now - delivery.time, delivery.count))
        delivery.count_again()
        place.group.hand_over(entry_id, delivery, consumer, now)
        consumer.active_time = now
        place.propagate_claim(entry_id, delivery)
    return entries


def wait_for_idle(places: Sequence[tuple[Place, int]], min_idle: int) -> None:
    """Let a client that is blocked be tried again when the oldest pending entry is old enough."""
    for place, start in places:
        if start == UNREAD:
            keyspace = place.db.keyspace
            there = (time for entry_id, time in ages(place.group) if place.stream.get(entry_id) is not None)
            oldest = next(there, keyspace.now())
            keyspace.ready_at(place.db, place.key, max(oldest + min_idle, keyspace.now() + 1))


def ages(group: Group) -> list[tuple[int, int]]:
    """Return the ids and times of all pending entries, the oldest first."""
    return [(entry_id, delivery.time) for entry_id, delivery in group.by_age()]


# What is pending


@command(
    "XPENDING key group [[IDLE min-idle-time] start end count [consumer]]", READONLY,
    since="5.0.0", complexity="O(N) for N returned entries, and for the consumers of the group.",
)  # fmt: skip
def xpending(client: Client, key: bytes, name: bytes, *words: bytes) -> Reply:
    """Tell what is pending in a group: in short, or entry by entry."""
    if len(words) not in (0, 3, 4, 5, 6):
        raise CommandError(SYNTAX)
    if not words:
        return pending_summary(Place(client.db, key, name, client.db.read(key, Stream)).group)
    min_idle = 0
    if words[0].upper() == b"IDLE":
        min_idle = integer(words[1])
        words = words[2:]
        if len(words) < 3:
            raise CommandError(SYNTAX)
    count = max(integer(words[2]), 0)
    start, end = interval_start(words[0]), interval_end(words[1])
    group = Place(client.db, key, name, client.db.read(key, Stream)).group
    pending = group.pending
    if len(words) > 3:
        if words[3] not in group.consumers:
            return []
        pending = group.consumers[words[3]].pending
    now = client.db.keyspace.now()
    found: list[list[object]] = []
    for entry_id, delivery in pending.starting_at(start):
        if entry_id > end or len(found) == count:
            break
        owner, idle = delivery.consumer, now - delivery.time
        if owner is None:
            found.append([text(entry_id), b"", -1, delivery.count])
        elif not min_idle or idle >= min_idle:
            found.append([text(entry_id), owner.name, max(idle, 0), delivery.count])
    return found


def pending_summary(group: Group) -> Reply:
    """Count what is pending in all and for each consumer, with the smallest and the greatest id."""
    if not group.pending:
        return [0, None, None, NULL_ARRAY]
    first, last = group.pending.ends()
    consumers = [
        [name, b"%d" % len(consumer.pending)] for name, consumer in sorted(group.consumers.items()) if consumer.pending
    ]
    return [len(group.pending), text(first), text(last), consumers]


# Claiming and giving back


class Claim:
    """The options of XCLAIM, behind the ids."""

    __slots__ = ("force", "just_id", "last_id", "retry_count", "time")

    def __init__(self, words: Sequence[bytes], now: int) -> None:
        self.time = now
        self.retry_count = -1
        self.force = self.just_id = False
        self.last_id = 0
        rest = iter(words)
        for word in rest:
            option = word.upper()
            if option == b"FORCE":
                self.force = True
                continue
            if option == b"JUSTID":
                self.just_id = True
                continue
            value = next(rest, None)
            if value is None or option not in (b"IDLE", b"TIME", b"RETRYCOUNT", b"LASTID"):
                raise CommandError(b"ERR Unrecognized XCLAIM option '%b'" % printed(word))
            if option == b"LASTID":
                self.last_id = exact_id(value)
                continue
            number = integer(value, b"ERR Invalid %b option argument for XCLAIM" % option)
            if option == b"RETRYCOUNT":
                self.retry_count = number
            else:
                time = now - number if option == b"IDLE" else number
                self.time = time if 0 <= time <= now else now  # clients compute it by clocks of their own


@command(
    "XCLAIM key group consumer min-idle-time id [id ...] [IDLE ms] [TIME unix-time-milliseconds] [RETRYCOUNT count] "
    "[FORCE] [JUSTID] [LASTID lastid]",
    WRITE | FAST,
    since="5.0.0",
    key_access="RW update",
    complexity="O(N) for N ids.",
)
def xclaim(client: Client, key: bytes, name: bytes, consumer: bytes, min_idle_time: bytes, *words: bytes) -> Reply:
    """Let pending entries belong to another consumer."""
    db = client.db
    place = Place(db, key, name, db.read(key, Stream))
    group = place.group
    min_idle = integer(min_idle_time, b"ERR Invalid min-idle-time argument for XCLAIM")
    ids = list(leading_ids(words))
    now = db.keyspace.now()
    claim = Claim(words[len(ids) :], now)
    has_moved = claim.last_id > group.last_id
    group.last_id = max(group.last_id, claim.last_id)
    owner, _ = place.consumer(consumer)
    claimed: list[object] = []
    keeps_deleted = client.server.emulated.before_7
    for entry_id in ids:
        fields = place.stream.get(entry_id)
        delivery = group.pending.get(entry_id)
        if fields is None and not keeps_deleted:
            if delivery is not None:
                forget_deleted(place, entry_id, delivery)
                has_moved = has_moved and delivery.consumer is None
            continue
        if delivery is None:
            if not claim.force:
                continue
            delivery = group.create(entry_id, now, 1)
        elif delivery.consumer is not None and now - delivery.time < min_idle:
            continue
        take_over(place, entry_id, delivery, owner, claim)
        claimed.append(reply_of(entry_id, fields, claim))
        has_moved = False  # the propagated claim says so
    if has_moved:
        place.propagate_last_id()
        place.count_change()
    return claimed


def leading_ids(words: Sequence[bytes]) -> Iterator[int]:
    """Read words as long as they are ids."""
    for word in words:
        try:
            yield exact_id(word)
        except CommandError:
            return


def reply_of(entry_id: int, fields: Sequence[bytes] | None, claim: Claim) -> object:
    """Return what is replied of a claimed entry; one that does not exist any more, which Redis 6 claims, is null."""
    if claim.just_id:
        return text(entry_id)
    return None if fields is None else shown(entry_id, fields)


def take_over(place: Place, entry_id: int, delivery: Delivery, owner: Consumer, claim: Claim) -> None:
    """Let a pending entry belong to a consumer."""
    place.group.hand_over(entry_id, delivery, owner, claim.time)
    if claim.retry_count >= 0:
        delivery.count = claim.retry_count
    elif not claim.just_id:
        delivery.count_again()
    owner.active_time = place.db.keyspace.now()
    place.propagate_claim(entry_id, delivery)
    place.count_change()


def forget_deleted(place: Place, entry_id: int, delivery: Delivery) -> None:
    """Take an entry that does not exist any more from what is pending."""
    place.propagate_claim(entry_id, delivery)
    place.count_change()
    place.group.remove(entry_id)


ATTEMPTS = 10
"""XAUTOCLAIM looks at so many times as many entries as it may claim."""


@command(
    "XAUTOCLAIM key group consumer min-idle-time start [COUNT count] [JUSTID]", WRITE | FAST,
    since="6.2.0", key_access="RW delete", complexity="O(1) if COUNT is small.",
)  # fmt: skip
def xautoclaim(
    client: Client, key: bytes, name: bytes, consumer: bytes, min_idle_time: bytes, start: bytes, *words: bytes
) -> Reply:
    """Let pending entries from an id on belong to another consumer, if they are old enough; return where to go on."""
    db = client.db
    stream = db.lookup_read(key)
    min_idle = integer(min_idle_time, b"ERR Invalid min-idle-time argument for XAUTOCLAIM")
    first = interval_start(start)
    count, just_id = 100, False
    rest = iter(words)
    for option in rest:
        if option.upper() == b"JUSTID":
            just_id = True
            continue
        value = next(rest, None)
        if option.upper() != b"COUNT" or value is None:
            raise CommandError(SYNTAX)
        count = integer_between(value, 1, MAX_INTEGER // 16, b"ERR COUNT must be > 0")
    if stream is not None and type(stream) is not Stream:
        raise CommandError(WRONG_TYPE)
    place = Place(db, key, name, stream)
    owner, _ = place.consumer(consumer)
    now = db.keyspace.now()
    claim = Claim((b"JUSTID",) if just_id else (), now)
    claimed: list[object] = []
    deleted: list[bytes] = []
    before_7 = client.server.emulated.before_7  # it claims what was deleted, too
    pending = place.group.pending.starting_at(first)
    attempts = count * ATTEMPTS
    while attempts and len(claimed) + len(deleted) < count and (found := next(pending, None)) is not None:
        attempts -= 1
        entry_id, delivery = found
        fields = place.stream.get(entry_id)
        if fields is None and not before_7:
            forget_deleted(place, entry_id, delivery)
            deleted.append(text(entry_id))
        elif delivery.consumer is None or now - delivery.time >= min_idle:
            take_over(place, entry_id, delivery, owner, claim)
            claimed.append(reply_of(entry_id, fields, claim))
    following, _ = next(pending, (0, None))
    return [text(following), claimed] if before_7 else [text(following), claimed, deleted]


@command(
    "XNACK key group <SILENT | FAIL | FATAL> IDS numids id [id ...] [RETRYCOUNT count] [FORCE]", WRITE | FAST,
    since="8.8.0", key_access="RW update", complexity="O(N) for N ids.",
)  # fmt: skip
def xnack(client: Client, key: bytes, name: bytes, mode: bytes, *words: bytes) -> Reply:
    """Give pending entries back to their group: anybody may claim them at once."""
    db = client.db
    place = Place(db, key, name, db.write(key, Stream))
    group = place.group
    mode = mode.upper()
    if mode not in (b"SILENT", b"FAIL", b"FATAL"):
        raise CommandError(b"ERR mode must be SILENT, FAIL, or FATAL")
    ids: Sequence[bytes] = ()
    force, retry_count = False, -1
    at = 0
    while at < len(words):
        option, more = words[at].upper(), len(words) - 1 - at
        if option == b"IDS" and more:
            number = integer_between(words[at + 1], 1, 2**31 - 1, b"ERR numids must be a positive integer")
            ids = words[at + 2 : at + 2 + number]
            if len(ids) < number:
                raise CommandError(b"ERR number of IDs doesn't match numids")
            at += 2 + number
        elif option == b"FORCE":
            force = True
            at += 1
        elif option == b"RETRYCOUNT" and more:
            retry_count = integer(words[at + 1])
            if retry_count < 0:
                raise CommandError(b"ERR Invalid RETRYCOUNT value, must be >= 0")
            at += 2
        else:
            raise CommandError(b"ERR Unrecognized XNACK option '%b'" % printed(words[at]))
    if not ids:
        raise CommandError(b"ERR syntax error, expected IDS keyword")
    given_back = 0
    for entry_id in list(map(exact_id, ids)):
        delivery = group.pending.get(entry_id)
        if delivery is None:
            if not force or place.stream.get(entry_id) is None:
                continue
            delivery = group.create(entry_id, 0, 0)
        group.hand_over(entry_id, delivery, None, 0)
        if retry_count >= 0:
            delivery.count = retry_count
        elif mode == b"FATAL":
            delivery.count = GREATEST_COUNT
        elif mode == b"SILENT":
            delivery.count = max(delivery.count - 1, 0)
        given_back += 1
    if given_back:
        db.changed_beside(key, None, STREAM, given_back)
        if key in db.waiters:
            db.keyspace.effects.key_ready(db, key)
    return given_back
