"""Geo: the positions of members, kept as geohashes in the scores of a sorted set."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from stubredis.arguments import double, integer, integer_between
from stubredis.client import Client
from stubredis.command import DENYOOM, READONLY, WRITE, group
from stubredis.datatypes.geohash import MAX_LATITUDE, MAX_LONGITUDE, Position, decode, distance, encode, text
from stubredis.datatypes.geosearch import Box, Circle, Polygon, Shape, ranges
from stubredis.datatypes.sorted_sets import SortedSet
from stubredis.errors import SYNTAX, CommandError
from stubredis.keyspace import SORTED_SET
from stubredis.protocol.replies import NULL_ARRAY, Reply

command = group("geo")

METRES = {b"M": 1.0, b"KM": 1000.0, b"FT": 0.3048, b"MI": 1609.34}
"""How many metres a unit has."""

CUT_INTEGER = -(2**63)
"""What a C program makes of a double that does not fit into 64 bits."""

AT_ONCE = 256
"""How many members a search looks at before it asks whether it has found enough."""


# Words of a request, and numbers of a reply


def metres_of(word: bytes) -> float:
    """Return how many metres a unit has."""
    metres = METRES.get(word.upper())
    if metres is None:
        raise CommandError(b"ERR unsupported unit provided. please use M, KM, FT, MI")
    return metres


def position(longitude: bytes, latitude: bytes) -> Position:
    """Read a position within the limits."""
    east, north = double(longitude), double(latitude)
    if abs(east) > MAX_LONGITUDE or abs(north) > MAX_LATITUDE:
        raise CommandError(b"ERR invalid longitude,latitude pair %f,%f" % (east, north))
    return east, north


def distance_text(metres: float, metres_of_unit: float) -> bytes:
    """Print a distance with four decimals, rounded as Redis does since 7.2."""
    return b"%d.%04d" % divmod(round(metres / metres_of_unit * 10_000), 10_000)


def as_integer(number: float) -> int:
    """Convert a double as a C program does, whatever it is."""
    return int(number) if CUT_INTEGER <= number < -CUT_INTEGER else CUT_INTEGER


# Members and their positions


@command(
    "GEOADD key [NX | XX] [CH] longitude latitude member [longitude latitude member ...]", WRITE | DENYOOM,
    since="3.2.0", complexity="O(log N) for each member of a sorted set of N.", key_access="RW update",
)  # fmt: skip
def geoadd(client: Client, key: bytes, *words: bytes) -> Reply:
    """Set the positions of members."""
    at = 0
    options = set()
    while at < len(words) and words[at].upper() in (b"NX", b"XX", b"CH"):
        options.add(words[at].upper())
        at += 1
    places = words[at:]
    if len(places) % 3 or options >= {b"NX", b"XX"}:
        raise CommandError(SYNTAX)
    triples = zip(places[::3], places[1::3], places[2::3], strict=True)
    pairs = [(member, float(encode(position(*pair)))) for *pair, member in triples]
    if not pairs:
        raise CommandError(SYNTAX)
    db = client.db
    value = db.write(key, SortedSet)
    if value is None:
        if b"XX" in options:
            return 0
        value = SortedSet()
        db.add(key, value)
    value.expect(len(pairs))
    added = moved = 0
    for member, score in pairs:
        old = value.scores.get(member)
        if old == score or (b"XX" if old is None else b"NX") in options:
            continue
        value.set(member, score)
        added += old is None
        moved += old is not None
    if added or moved:
        db.changed(key, b"zadd", SORTED_SET, added + moved)
        scores = [word for member, score in pairs for word in (b"%d" % score, member)]
        client.server.effects.rewrite(b"ZADD", key, *words[:at], *scores)
    return added + moved if b"CH" in options else added


@command("GEOPOS key [member [member ...]]", READONLY, since="3.2.0", complexity="O(1) for each member.")
def geopos(client: Client, key: bytes, *members: bytes) -> Reply:
    """Return the positions of members."""
    positions = positions_of(client, key, members)
    return [NULL_ARRAY if place is None else place for place in positions]


@command("GEOHASH key [member [member ...]]", READONLY, since="3.2.0", complexity="O(1) for each member.")
def geohash(client: Client, key: bytes, *members: bytes) -> Reply:
    """Return the positions of members as standard geohashes of 11 letters."""
    positions = positions_of(client, key, members)
    return [None if place is None else text(place) for place in positions]


@command("GEODIST key member1 member2 [M | KM | FT | MI]", READONLY, since="3.2.0")
def geodist(client: Client, key: bytes, member1: bytes, member2: bytes, *words: bytes) -> Reply:
    """Return the distance between two members."""
    if len(words) > 1:
        raise CommandError(SYNTAX)
    metres_of_unit = metres_of(words[0]) if words else 1.0
    first, second = positions_of(client, key, (member1, member2))
    if first is None or second is None:
        return None
    return distance_text(distance(first, second), metres_of_unit)


def positions_of(client: Client, key: bytes, members: Sequence[bytes]) -> list[Position | None]:
    """Return the positions of members, None for those that are not there."""
    value = client.db.read(key, SortedSet)
    scores = [None if value is None else value.scores.get(member) for member in members]
    return [None if score is None else decode(score) for score in scores]


# Searches


DETAILS = frozenset((b"WITHCOORD", b"WITHDIST", b"WITHHASH"))
"""What may be returned of each member besides its name."""

OPTIONS = DETAILS | {b"ANY", b"ASC", b"COUNT", b"DESC"}
STORING = frozenset((b"STORE", b"STOREDIST"))

EXCLUDED = {
    b"FROMMEMBER": {b"FROMLONLAT", b"BYPOLYGON"},
    b"FROMLONLAT": {b"FROMMEMBER", b"BYPOLYGON"},
    b"BYRADIUS": {b"BYBOX", b"BYPOLYGON"},
    b"BYBOX": {b"BYRADIUS", b"BYPOLYGON"},
    b"BYPOLYGON": {b"FROMMEMBER", b"FROMLONLAT", b"BYRADIUS", b"BYBOX"},
}
"""Which other options may not stand before one that tells where to search."""

SEARCHED = OPTIONS | frozenset(EXCLUDED)


class Found(NamedTuple):
    """A member that a search has found, and its distance from the centre."""

    metres: float
    member: bytes
    score: float
    position: Position


class Search:
    """What a request asks for, read word by word; the last of several options of a kind counts.

    A member to search around is looked up as soon as it is read: that it is not there is the first error. Where
    there is no sorted set, nothing is said about members, only about the other words.
    """

    __slots__ = (
        "centre", "count", "destination", "given", "make_shape", "metres_of_unit", "names_destination", "order", "value"
    )  # fmt: skip

    def __init__(self, client: Client, key: bytes, destination: bytes | None = None) -> None:
        self.value = client.db.read(key, SortedSet)
        self.destination = destination
        self.names_destination = destination is None
        """Whether options tell where to store what is found."""
        self.centre: Position = (0.0, 0.0)
        self.make_shape: Callable[[Position], Shape] | None = None
        self.metres_of_unit = 1.0
        self.given: set[bytes] = set()
        self.order: bytes | None = None
        self.count = 0

    def read(self, words: Sequence[bytes], allowed: frozenset[bytes]) -> None:
        """Read options, and refuse those that are not allowed or go not together."""
        rest = list(reversed(words))

        def take(number: int) -> list[bytes]:
            if len(rest) < number:
                raise CommandError(SYNTAX)
            return [rest.pop() for _ in range(number)]

        while rest:
            option = rest.pop().upper()
            if option not in allowed or not self.given.isdisjoint(EXCLUDED.get(option, ())):
                raise CommandError(SYNTAX)
            match option:
                case b"ASC" | b"DESC":
                    self.order = option
                case b"COUNT":
                    self.count = integer(*take(1))
                    if self.count <= 0:
                        raise CommandError(b"ERR COUNT must be > 0")
                case b"STORE" | b"STOREDIST":
                    self.given -= STORING
                    if self.names_destination:
                        (self.destination,) = take(1)
                case b"FROMMEMBER":
                    self.around_member(*take(1))
                case b"FROMLONLAT":
                    self.centre = position(*take(2))
                case b"BYRADIUS":
                    self.within_radius(*take(2))
                case b"BYBOX":
                    self.within_box(*take(3))
                case b"BYPOLYGON":
                    if len(rest) < 2:
                        raise CommandError(SYNTAX)
                    count = integer_between(rest.pop(), -(2**31), 2**31 - 1, b"ERR invalid number of vertices")
                    if count < 3 or len(rest) < 2 * count:
                        raise CommandError(b"ERR GEOSEARCH BYPOLYGON must have at least 3 vertices")
                    self.within_polygon([position(*take(2)) for _ in range(count)])
            self.given.add(option)

    def around_member(self, member: bytes) -> None:
        """Search around a member."""
        if self.value is not None:
            score = self.value.scores.get(member)
            if score is None:
                raise CommandError(b"ERR could not decode requested zset member")
            self.centre = decode(score)

    def within_radius(self, radius: bytes, unit: bytes) -> None:
        """Search within a radius around the centre."""
        length = double(radius, b"ERR need numeric radius")
        if length < 0:
            raise CommandError(b"ERR radius cannot be negative")
        self.metres_of_unit = metres = metres_of(unit)
        self.make_shape = lambda centre: Circle(centre, length * metres)

    def within_box(self, width: bytes, height: bytes, unit: bytes) -> None:
        """Search within a rectangle around the centre."""
        across = double(width, b"ERR need numeric width")
        up = double(height, b"ERR need numeric height")
        if up < 0 or across < 0:
            raise CommandError(b"ERR height or width cannot be negative")
        self.metres_of_unit = metres = metres_of(unit)
        self.make_shape = lambda centre: Box(centre, across * metres, up * metres)

    def within_polygon(self, vertices: Sequence[Position]) -> None:
        """Search within a polygon; distances are in metres."""
        self.metres_of_unit = 1.0
        self.make_shape = lambda _: Polygon(vertices)

    def check_storing(self, name: bytes) -> None:
        """Refuse to return details of what is stored."""
        if self.destination is not None and self.given & DETAILS:
            raise CommandError(b"ERR %b is not compatible with WITHDIST, WITHHASH and WITHCOORD options" % name)

    def check_place(self, name: bytes) -> None:
        """Refuse a search of which is not told where to search."""
        if self.given.isdisjoint((b"FROMMEMBER", b"FROMLONLAT", b"BYPOLYGON")):
            raise CommandError(b"ERR exactly one of FROMMEMBER or FROMLONLAT can be specified for %b" % name)
        if self.make_shape is None:
            raise CommandError(b"ERR exactly one of BYRADIUS and BYBOX can be specified for %b" % name)

    def find(self) -> list[Found]:
        """Return what is found, in the order that was asked for."""
        at_once = b"ANY" in self.given
        if at_once and not self.count:
            raise CommandError(b"ERR the ANY argument requires COUNT argument")
        if self.value is None:
            return []
        assert self.make_shape is not None
        found = list(islice(members_within(self.value, self.make_shape(self.centre)), self.count if at_once else None))
        # A count of the nearest ones, unless any will do.
        order = b"ASC" if self.order is None and self.count and not at_once else self.order
        if order is not None:
            found.sort(key=lambda one: one.metres, reverse=order == b"DESC")
        return found[: self.count] if self.count else found


def members_within(value: SortedSet, shape: Shape) -> Iterator[Found]:
    """Find the members within a shape, in the order in which Redis finds them."""
    for low, high in ranges(shape):
        start, stop = value.span_of_scores(float(low), float(high), below_high=True)
        for first in range(start, stop, AT_ONCE):
            for member, score in value.pairs(first, min(first + AT_ONCE, stop)):
                place = decode(score)
                metres = shape.distance_to(place)
                if metres is not None:
                    yield Found(metres, member, score, place)


def reply_to(search: Search) -> Reply:
    """Return what a search finds: the members, each with its details if there are any."""
    found = search.find()
    details = search.given & DETAILS
    if not details:
        return [one.member for one in found]
    replies = []
    for metres, member, score, place in found:
        reply: list[object] = [member]
        if b"WITHDIST" in details:
            reply.append(distance_text(metres, search.metres_of_unit))
        if b"WITHHASH" in details:
            reply.append(as_integer(score))
        if b"WITHCOORD" in details:
            reply.append(place)
        replies.append(reply)
    return replies


def store(client: Client, destination: bytes, search: Search, event: bytes) -> int:
    """Store what a search finds as a sorted set, with the geohashes or the distances as scores; return how many."""
    found = search.find()
    by_distance = b"STOREDIST" in search.given
    unit = search.metres_of_unit
    value = SortedSet((one.member, one.metres / unit if by_distance else one.score) for one in found)
    client.db.store_result(destination, value, event, SORTED_SET, len(found))
    return len(found)


# The members within an area


COMPLEXITY = "O(N + log M) for N members in the cells around the area, of a sorted set of M."


def around_position(client: Client, key: bytes, words: Sequence[bytes], allowed: frozenset[bytes]) -> Reply:
    """Search within a radius around a position, which are the first words."""
    search = Search(client, key)
    search.centre = position(*words[:2])
    search.within_radius(*words[2:4])
    search.read(words[4:], allowed)
    return return_or_store(client, search)


def around_member(client: Client, key: bytes, words: Sequence[bytes], allowed: frozenset[bytes]) -> Reply:
    """Search within a radius around a member, which are the first words: they are not looked at without a key."""
    search = Search(client, key)
    if search.value is not None:
        search.around_member(words[0])
        search.within_radius(*words[1:3])
    search.read(words[3:], allowed)
    return return_or_store(client, search)


def return_or_store(client: Client, search: Search) -> Reply:
    """Return what GEORADIUS and its kind find, or store it, whatever the options say."""
    search.check_storing(b"STORE option in GEORADIUS")
    if search.destination is None:
        return reply_to(search)
    return store(client, search.destination, search, b"georadiusstore")


@command(
    "GEORADIUS key longitude latitude radius <M | KM | FT | MI> [WITHCOORD] [WITHDIST] [WITHHASH] "
    "[COUNT count [ANY]] [ASC | DESC] [STORE key | STOREDIST key]",
    WRITE | DENYOOM,
    since="3.2.0",
    complexity=COMPLEXITY,
    key_access="RO access; OW update variable_flags",
    replaced_by="GEOSEARCH and GEOSEARCHSTORE",
)
def georadius(client: Client, key: bytes, *words: bytes) -> Reply:
    """Find the members within a radius around a position, and return or store them."""
    return around_position(client, key, words, OPTIONS | STORING)


@command(
    "GEORADIUS_RO key longitude latitude radius <M | KM | FT | MI> [WITHCOORD] [WITHDIST] [WITHHASH] "
    "[COUNT count [ANY]] [ASC | DESC]",
    READONLY,
    since="3.2.10",
    complexity=COMPLEXITY,
    replaced_by="GEOSEARCH",
)
def georadius_ro(client: Client, key: bytes, *words: bytes) -> Reply:
    """Find the members within a radius around a position."""
    return around_position(client, key, words, OPTIONS)


@command(
    "GEORADIUSBYMEMBER key member radius <M | KM | FT | MI> [WITHCOORD] [WITHDIST] [WITHHASH] "
    "[COUNT count [ANY]] [ASC | DESC] [STORE key | STOREDIST key]",
    WRITE | DENYOOM,
    since="3.2.0",
    complexity=COMPLEXITY,
    key_access="RO access; OW update variable_flags",
    replaced_by="GEOSEARCH and GEOSEARCHSTORE",
)
def georadiusbymember(client: Client, key: bytes, *words: bytes) -> Reply:
    """Find the members within a radius around a member, and return or store them."""
    return around_member(client, key, words, OPTIONS | STORING)


@command(
    "GEORADIUSBYMEMBER_RO key member radius <M | KM | FT | MI> [WITHCOORD] [WITHDIST] [WITHHASH] "
    "[COUNT count [ANY]] [ASC | DESC]",
    READONLY,
    since="3.2.10",
    complexity=COMPLEXITY,
    replaced_by="GEOSEARCH",
)
def georadiusbymember_ro(client: Client, key: bytes, *words: bytes) -> Reply:
    """Find the members within a radius around a member."""
    return around_member(client, key, words, OPTIONS)


@command(
    "GEOSEARCH key <FROMMEMBER member | FROMLONLAT longitude latitude> "
    "<BYRADIUS radius <M | KM | FT | MI> | BYBOX width height <M | KM | FT | MI> | "
    "BYPOLYGON num-vertices longitude latitude [longitude latitude ...]> "
    "[ASC | DESC] [COUNT count [ANY]] [WITHCOORD] [WITHDIST] [WITHHASH]",
    READONLY,
    since="6.2.0",
    newer={"valkey-9.0.0": "BYPOLYGON"},
    complexity=COMPLEXITY,
)
def geosearch(client: Client, key: bytes, *words: bytes) -> Reply:
    """Find the members within a circle, a box or a polygon.

    A polygon has its own centre: neither FROMMEMBER nor FROMLONLAT may be given.
    """
    search = Search(client, key)
    search.read(words, SEARCHED)
    search.check_place(b"GEOSEARCH")
    return reply_to(search)


@command(
    "GEOSEARCHSTORE destination source <FROMMEMBER member | FROMLONLAT longitude latitude> "
    "<BYRADIUS radius <M | KM | FT | MI> | BYBOX width height <M | KM | FT | MI> | "
    "BYPOLYGON num-vertices longitude latitude [longitude latitude ...]> "
    "[ASC | DESC] [COUNT count [ANY]] [STOREDIST]",
    WRITE | DENYOOM,
    since="6.2.0",
    newer={"valkey-9.0.0": "BYPOLYGON"},
    complexity=COMPLEXITY,
    key_access="OW update; RO access",
)
def geosearchstore(client: Client, destination: bytes, source: bytes, *words: bytes) -> Reply:
    """Store the members within a circle, a box or a polygon as a sorted set."""
    search = Search(client, source, destination)
    search.read(words, SEARCHED | {b"STOREDIST"})
    search.check_storing(b"GEOSEARCHSTORE")
    search.check_place(b"GEOSEARCHSTORE")
    return store(client, destination, search, b"geosearchstore")
