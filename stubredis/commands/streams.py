"""Streams: adding, trimming, deleting and reading entries.

What concerns consumer groups is in stream_groups.py, reading for them in stream_delivery.py.
"""

from __future__ import annotations

from collections.abc import Sequence

from stubredis.arguments import integer
from stubredis.client import Client
from stubredis.command import DENYOOM, FAST, READONLY, WRITE, group
from stubredis.config import Config
from stubredis.datatypes.stream_ids import (
    GREATEST,
    GREATEST_SEQUENCE,
    INVALID,
    exact_id,
    id_to_add,
    interval_end,
    interval_start,
    text,
)
from stubredis.datatypes.stream_producers import LONGEST_DURATION, MOST_ENTRIES, Producers, content_id
from stubredis.datatypes.streams import References, Stream
from stubredis.errors import NO_SUCH_KEY, SYNTAX, CommandError, wrong_arity
from stubredis.keyspace import STREAM
from stubredis.protocol.replies import NULL_ARRAY, OK, Entries, Reply

command = group("stream")

BOTH_STRATEGIES = b"ERR syntax error, MAXLEN and MINID options at the same time are not compatible"
NEGATIVE_MAXLEN = b"ERR The MAXLEN argument must be >= 0."
NEGATIVE_LIMIT = b"ERR The LIMIT argument must be >= 0."
LIMIT_ALONE = b"ERR syntax error, LIMIT cannot be used without specifying a trimming strategy"
LIMIT_EXACT = b"ERR syntax error, LIMIT cannot be used without the special ~ option"
NO_STRATEGY = b"ERR syntax error, XTRIM must be called with a trimming strategy"
TWO_PRODUCERS = b"ERR syntax error, IDMP/IDMPAUTO specified multiple times"
IDEMPOTENT_ID = b"ERR syntax error, IDMP/IDMPAUTO can be used only with auto-generated IDs"
ID_ZERO = b"ERR The ID specified in XADD must be greater than 0-0"
ID_TOO_SMALL = b"ERR The ID specified in XADD is equal or smaller than the target stream top item"
NO_MORE_IDS = b"ERR The stream has exhausted the last possible ID, unable to add more items"
TOO_LARGE = b"ERR Elements are too large to be stored"


# Adding and trimming

REFERENCES = {references.value: references for references in References}
AUTOMATIC = b"*"


class Options:
    """The options of XADD and XTRIM: the words behind the key, for XADD up to the id."""

    __slots__ = (
        "approximate", "at", "create", "entry_id", "least", "length", "limit", "producer", "producers_id", "references",
        "trims", "words",
    )  # fmt: skip

    def __init__(self, words: Sequence[bytes] = ()) -> None:
        self.words = words
        self.at = 0
        """The word that is read, in the end the one with the id."""
        self.entry_id: tuple[int, bool] | None = None
        """The id, and whether its sequence number is to be chosen; None for an automatic one."""
        self.create = True
        self.producer: bytes | None = None
        self.producers_id: bytes | None = None
        """What a producer calls the entry, None to let its contents be its name."""
        self.trims = False
        self.length: int | None = None
        self.least = 0
        self.approximate = False
        self.limit: int | None = None
        self.references: References | None = None

    def read_all(self, *, adding: bool) -> None:
        """Read the words, in the order in which Redis finds what is wrong with them."""
        while self.at < len(self.words) and not (adding and self.words[self.at] == AUTOMATIC):
            if not self.read_trimming() and not (adding and self.read_adding()):
                if not adding:
                    raise CommandError(SYNTAX)
                self.entry_id = id_to_add(self.words[self.at])
                if self.producer is not None:
                    raise CommandError(IDEMPOTENT_ID)
                break
            self.at += 1
        if self.limit and not self.trims:
            raise CommandError(LIMIT_ALONE)
        if not adding and not self.trims:
            raise CommandError(NO_STRATEGY)
        if self.limit is not None and not self.approximate:
            raise CommandError(LIMIT_EXACT)

    def next_word(self) -> bytes:
        """Go on to the next word."""
        self.at += 1
        return self.words[self.at]

    def read_trimming(self) -> bool:
        """Read an option that both commands have; False if it is none."""
        option, more = self.words[self.at].upper(), len(self.words) - 1 - self.at
        if option in (b"MAXLEN", b"MINID") and more:
            if self.trims:
                raise CommandError(BOTH_STRATEGIES)
            if more >= 2 and self.words[self.at + 1] in (b"~", b"="):
                self.approximate = self.next_word() == b"~"
            if option == b"MINID":
                self.least = exact_id(self.next_word())
            else:
                self.length = not_negative(self.next_word(), NEGATIVE_MAXLEN)
            self.trims = True
        elif option == b"LIMIT" and more:
            self.limit = not_negative(self.next_word(), NEGATIVE_LIMIT)
        elif option in REFERENCES and self.references is None:
            self.references = REFERENCES[option]
        else:
            return False
        return True

    def read_adding(self) -> bool:
        """Read an option that only XADD has; False if it is none."""
        option, more = self.words[self.at].upper(), len(self.words) - 1 - self.at
        if option == b"NOMKSTREAM":
            self.create = False
        elif (option == b"IDMPAUTO" and more) or (option == b"IDMP" and more >= 2):
            if self.producer is not None:
                raise CommandError(TWO_PRODUCERS)
            self.producer = self.next_word()
            if not self.producer:
                raise CommandError(b"ERR syntax error, %b requires a non-empty producer ID" % option)
            if option == b"IDMP":
                self.producers_id = self.next_word()
                if not self.producers_id:
                    raise CommandError(b"ERR syntax error, IDMP requires a non-empty idempotent ID")
        else:
            return False
        return True

    def trim(self, stream: Stream, config: Config) -> int:
        """Trim a stream and return how many entries went."""
        limit = self.limit
        if limit is None:
            # As many as a hundred nodes hold: no request is to take too long.
            limit = min(100 * config.stream_node_max_entries or 10_000, 1_000_000) if self.approximate else 0
        return stream.trim(
            self.length,
            least=self.least,
            whole_nodes=self.approximate,
            limit=limit,
            references=self.references or References.KEEP,
        )

    def exact(self, stream: Stream) -> list[bytes]:
        """Return options that trim another copy of the stream to what is left of this one."""
        if not self.trims:
            return []
        words = [] if self.references is None else [self.references.value]
        if self.length is not None:
            return [*words, b"MAXLEN", b"=", b"%d" % (len(stream) if self.approximate else self.length)]
        least = stream.first_id or GREATEST if self.approximate else self.least
        return [*words, b"MINID", b"=", text(least)]


def not_negative(word: bytes, error: bytes) -> int:
    """Read an integer; `error` is for a negative one only."""
    value = integer(word)
    if value < 0:
        raise CommandError(error)
    return value


KNOWN: dict[tuple[bytes, ...], Options] = {}
"""Options of XADD that came before an automatic id, for most requests have the same ones again and again."""
MOST_KNOWN = 100


def options_and_fields(words: tuple[bytes, ...]) -> tuple[Options, tuple[bytes, ...]]:
    """Take the words of XADD apart."""
    end = words.index(AUTOMATIC) + 1 if AUTOMATIC in words else 0
    options = KNOWN.get(words[:end])
    if options is None:
        options = Options(words)
        options.read_all(adding=True)
        if end and options.at + 1 == end:
            if len(KNOWN) == MOST_KNOWN:
                KNOWN.clear()
            KNOWN[words[:end]] = options
            options.words = ()
    fields = words[options.at + 1 :]
    if len(fields) < 2 or len(fields) % 2:
        raise wrong_arity("xadd")
    if options.entry_id == (0, False):
        raise CommandError(ID_ZERO)
    return options, fields


@command(
    "XADD key [NOMKSTREAM] [KEEPREF | DELREF | ACKED] [IDMPAUTO producer-id | IDMP producer-id idempotent-id] "
    "[<MAXLEN | MINID> [= | ~] threshold [LIMIT count]] <* | id> field value [field value ...]",
    WRITE | DENYOOM | FAST,
    since="5.0.0",
    newer={"8.2.0": "KEEPREF DELREF ACKED", "8.6.0": "IDMPAUTO IDMP"},
    key_access="RW update",
    complexity="O(1), and O(N) for N entries that are trimmed.",
)
def xadd(client: Client, key: bytes, word: bytes, *fields: bytes) -> Reply:
    """Append an entry to a stream, and remove old entries."""
    db = client.db
    stream = db.write(key, Stream) if word == AUTOMATIC and fields and not len(fields) % 2 else None
    if stream is None or db.observed or stream.last_id == GREATEST:
        return add_with_options(client, key, (word, *fields))
    # The most frequent form: an entry with an automatic id and no options, of which nobody has to hear.
    now = db.keyspace.now()
    first = now << 64
    entry_id = first if stream.last_id < first else stream.last_id + 1
    append(client, stream, entry_id, fields)
    db.dirty += 1
    sequence = entry_id - first
    return b"%d-%d" % (now, sequence) if sequence <= GREATEST_SEQUENCE else text(entry_id)


def append(client: Client, stream: Stream, entry_id: int, fields: tuple[bytes, ...]) -> None:
    """Append an entry with an id that is greater than all the stream has given."""
    limits = client.server.config.values
    try:
        stream.add(entry_id, fields, limits["stream-node-max-entries"], limits["stream-node-max-bytes"])
    except ValueError:
        raise CommandError(TOO_LARGE) from None


def add_with_options(client: Client, key: bytes, words: tuple[bytes, ...]) -> Reply:
    """Append an entry as all the words behind the key of XADD say."""
    db = client.db
    options, fields = options_and_fields(words)
    if options.entry_id is not None and options.entry_id[1] and client.server.emulated.before_7:
        raise CommandError(INVALID)
    stream = db.write(key, Stream)
    if stream is None:
        if not options.create:
            return None
        stream = Stream()
        db.add(key, stream)
    if options.producer is not None:
        known = added_before(stream, options, fields, db.keyspace.now())
        if known is not None:
            return text(known)
    if options.entry_id is None:
        entry_id = db.keyspace.now() << 64
        if entry_id <= stream.last_id:  # the clock has gone back, or has not gone on
            entry_id = stream.last_id + 1
    else:
        entry_id = chosen_id(stream, options.entry_id)
    if entry_id > GREATEST:
        raise CommandError(NO_MORE_IDS)
    append(client, stream, entry_id, fields)
    db.changed(key, b"xadd", STREAM)
    if options.trims and options.trim(stream, client.server.config):
        db.changed(key, b"xtrim", STREAM, 0)
    if options.producer is not None or db.observed:
        note_added(client, key, stream, options, entry_id, fields)
    return b"%d-%d" % (entry_id >> 64, entry_id & GREATEST_SEQUENCE)


def note_added(
    client: Client, key: bytes, stream: Stream, options: Options, entry_id: int, fields: tuple[bytes, ...]
) -> None:
    """Note what a producer calls an entry that was added, and propagate both with the id that the entry has got."""
    effects = client.server.effects
    if options.entry_id is None or options.entry_id[1] or options.approximate:
        effects.rewrite(b"XADD", key, *options.exact(stream), text(entry_id), *fields)
    if options.producer is not None and stream.producers is not None:
        producers_id = options.producers_id or content_id(fields)
        stream.producers.remember(options.producer, producers_id, entry_id)
        effects.rewrite(b"XIDMPRECORD", key, options.producer, producers_id, text(entry_id))


def chosen_id(stream: Stream, given: tuple[int, bool]) -> int:
    """Return the id of an entry of which the request gives the id, or only its milliseconds."""
    if stream.last_id == GREATEST:
        raise CommandError(NO_MORE_IDS)
    entry_id, automatic = given
    following = stream.next_id_at(entry_id) if automatic else entry_id
    if following is None or following <= stream.last_id:
        raise CommandError(ID_TOO_SMALL)
    return following


def added_before(stream: Stream, options: Options, fields: tuple[bytes, ...], now: int) -> int | None:
    """Return the id of the entry if its producer has sent it already."""
    if stream.producers is None:
        stream.producers = Producers()
    assert options.producer is not None
    known = stream.producers.find(options.producer, options.producers_id or content_id(fields), now)
    stream.producers.duplicates += known is not None
    return known


@command(
    "XTRIM key <MAXLEN | MINID> [= | ~] threshold [LIMIT count] [KEEPREF | DELREF | ACKED]",
    WRITE,
    since="5.0.0",
    newer={"8.2.0": "KEEPREF DELREF ACKED"},
    key_access="RW delete",
    complexity="O(N) for N entries that are trimmed.",
)
def xtrim(client: Client, key: bytes, *words: bytes) -> Reply:
    """Remove the oldest entries of a stream."""
    options = Options(words)
    options.read_all(adding=False)
    stream = client.db.write(key, Stream)
    if stream is None:
        return 0
    removed = options.trim(stream, client.server.config)
    if removed:
        client.db.changed(key, b"xtrim", STREAM, removed)
        if options.approximate:
            client.server.effects.rewrite(b"XTRIM", key, *options.exact(stream))
    return removed


@command(
    "XSETID key last-id [ENTRIESADDED entries-added] [MAXDELETEDID max-deleted-id]",
    WRITE | DENYOOM | FAST,
    since="5.0.0",
    newer={"7.0.0": "ENTRIESADDED MAXDELETEDID"},
    key_access="RW update",
)
def xsetid(client: Client, key: bytes, last_id: bytes, *options: bytes) -> Reply:
    """Set the greatest id that a stream has given, so that further ids are greater."""
    entry_id = exact_id(last_id)
    added, max_deleted_id = None, 0
    words = iter(options)
    for option in words:
        word = next(words, None)
        match option.upper():
            case b"ENTRIESADDED" if word is not None:
                added = not_negative(word, b"ERR entries_added must be positive")
            case b"MAXDELETEDID" if word is not None:
                max_deleted_id = exact_id(word)
                if entry_id < max_deleted_id:
                    raise CommandError(
                        b"ERR The ID specified in XSETID is smaller than the provided max_deleted_entry_id"
                    )
            case _:
                raise CommandError(SYNTAX)
    stream = client.db.write(key, Stream)
    if stream is None:
        raise CommandError(NO_SUCH_KEY)
    if entry_id < stream.max_deleted_id:
        raise CommandError(b"ERR The ID specified in XSETID is smaller than current max_deleted_entry_id")
    if entry_id < stream.top_id:
        raise CommandError(b"ERR The ID specified in XSETID is smaller than the target stream top item")
    if added is not None and added < len(stream):
        raise CommandError(b"ERR The entries_added specified in XSETID is smaller than the target stream length")
    stream.set_last_id(entry_id)
    stream.added = stream.added if added is None else added
    stream.max_deleted_id = max_deleted_id or stream.max_deleted_id
    client.db.changed_beside(key, b"xsetid", STREAM)
    return OK


# Deleting and reading


@command("XDEL key id [id ...]", WRITE | FAST, since="5.0.0", key_access="RW delete", complexity="O(N) for N ids.")
def xdel(client: Client, key: bytes, *words: bytes) -> Reply:
    """Delete entries. The key stays, even without entries."""
    stream = client.db.write(key, Stream)
    if stream is None:
        return 0
    deleted = sum(map(stream.delete, list(map(exact_id, words))))
    if deleted:
        client.db.changed(key, b"xdel", STREAM, deleted)
    return deleted


@command("XLEN key", READONLY | FAST, since="5.0.0", key_access="RO")
def xlen(client: Client, key: bytes) -> Reply:
    """Count the entries of a stream."""
    stream = client.db.read(key, Stream)
    return 0 if stream is None else len(stream)


def entries_between(client: Client, key: bytes, start: int, end: int, options: tuple[bytes, ...], step: int) -> Reply:
    """Return the entries of an interval of ids, forwards or backwards."""
    count = None
    words = iter(options)
    for option in words:
        word = next(words, None)
        if option.upper() != b"COUNT" or word is None:
            raise CommandError(SYNTAX)
        count = max(integer(word), 0)
    stream = client.db.read(key, Stream)
    if stream is None:
        return []
    if count == 0:
        return NULL_ARRAY
    entries = stream.range(start, end, count or 0, backwards=step < 0)
    return Entries((text(entry_id), fields) for entry_id, fields in entries)


@command(
    "XRANGE key start end [COUNT count]", READONLY,
    since="5.0.0", complexity="O(log(N)+M) for M returned entries of N.",
)  # fmt: skip
def xrange(client: Client, key: bytes, start: bytes, end: bytes, *options: bytes) -> Reply:
    """Return the entries of an interval of ids."""
    first = interval_start(start)
    return entries_between(client, key, first, interval_end(end), options, 1)


@command(
    "XREVRANGE key end start [COUNT count]", READONLY,
    since="5.0.0", complexity="O(log(N)+M) for M returned entries of N.",
)  # fmt: skip
def xrevrange(client: Client, key: bytes, end: bytes, start: bytes, *options: bytes) -> Reply:
    """Return the entries of an interval of ids, the last one first."""
    first = interval_start(start)
    return entries_between(client, key, first, interval_end(end), options, -1)


# Producers that may send an entry twice


@command(
    "XCFGSET key [IDMP-DURATION idmp-duration] [IDMP-MAXSIZE idmp-maxsize]", WRITE | FAST,
    since="8.6.0", key_access="RW update",
)  # fmt: skip
def xcfgset(client: Client, key: bytes, *options: bytes) -> Reply:
    """Set for how long, and how many, ids given by producers are remembered."""
    stream = client.db.write(key, Stream)
    if stream is None:
        raise CommandError(NO_SUCH_KEY)
    settings: dict[bytes, int] = {}
    words = iter(options)
    for option in words:
        name, word = option.upper(), next(words, None)
        if name not in (b"IDMP-DURATION", b"IDMP-MAXSIZE") or word is None:
            raise CommandError(SYNTAX)
        if name in settings:
            raise CommandError(b"ERR %b specified multiple times" % name)
        most, unit = (LONGEST_DURATION, b"seconds") if name == b"IDMP-DURATION" else (MOST_ENTRIES, b"entries")
        settings[name] = value = integer(word)
        if not 1 <= value <= most:
            raise CommandError(b"ERR %b must be between 1 and %d %b" % (name, most, unit))
    if not settings:
        raise CommandError(b"ERR At least one parameter must be specified")
    producers = stream.producers or Producers()
    before = producers.duration, producers.most
    producers.duration = settings.get(b"IDMP-DURATION", producers.duration)
    producers.most = settings.get(b"IDMP-MAXSIZE", producers.most)
    if before != (producers.duration, producers.most):
        producers.forget()
        stream.producers = producers
        client.db.changed_beside(key, None, STREAM)
    return OK


@command(
    "XIDMPRECORD key producer-id idempotent-id stream-id", WRITE | DENYOOM | FAST, since="8.8.0", key_access="RW update"
)
def xidmprecord(client: Client, key: bytes, producer: bytes, producers_id: bytes, stream_id: bytes) -> Reply:
    """Remember which id a producer gave to an entry: the propagated form of what XADD notes."""
    entry_id = exact_id(stream_id)
    if not producer:
        raise CommandError(b"ERR producer ID must be non-empty")
    if not producers_id:
        raise CommandError(b"ERR idempotent ID must be non-empty")
    stream = client.db.write(key, Stream)
    if stream is None:
        raise CommandError(NO_SUCH_KEY)
    if stream.get(entry_id) is None:
        raise CommandError(b"ERR No such message in stream")
    if stream.producers is None:
        stream.producers = Producers()
    known = stream.producers.find(producer, producers_id, client.db.keyspace.now())
    if known is None:
        stream.producers.remember(producer, producers_id, entry_id)
        client.db.changed_beside(key, None, STREAM)
    elif known != entry_id:
        raise CommandError(b"ERR IID already exists for this producer with a different stream ID")
    return OK
