"""Geo: effects, lookups and searches without an oracle. Replies are compared in tests/differential/."""

from __future__ import annotations

import pytest

from tests.commands.witness import Witness

START = (b"GEOADD g 13.361389 38.115556 Palermo 15.087269 37.502669 Catania", b"SET s string")


@pytest.fixture
def witness() -> Witness:
    return Witness(START)


# Each row was compared with the events, the count of changes and the append-only file of Valkey 9.1 and Redis 8.2.
CHANGES = [
    (b"GEOADD g 1 1 x", b"zadd g", 1, b"ZADD g 3377822707026402 x"),
    (b"GEOADD new CH 1 1 a 2 2 b", b"new new, zadd new", 2, b"ZADD new CH 3377822707026402 a 3378191666521995 b"),
    (b"GEOADD g xx 1 1 Palermo 2 2 x", b"zadd g", 1, b"ZADD g xx 3377822707026402 Palermo 3378191666521995 x"),
    (b"GEOADD g NX 1 1 Palermo", b"", 0, b""),
    (b"GEOADD new XX 1 1 a", b"", 0, b""),
    (b"GEOADD g CH 13.361389 38.115556 Palermo", b"", 0, b""),
    (
        b"GEOADD g CH 1 1 Palermo 13.361389 38.115556 Palermo",
        b"zadd g", 2, b"ZADD g CH 3377822707026402 Palermo 3479099956230698 Palermo",
    ),
    (b"GEOSEARCHSTORE d g FROMLONLAT 15 37 BYRADIUS 200 km", b"new d, geosearchstore d", 2, ...),
    (b"GEOSEARCHSTORE s g FROMLONLAT 15 37 BYBOX 400 400 km STOREDIST", b"geosearchstore s", 2, ...),
    (b"GEOSEARCHSTORE g g FROMMEMBER Palermo BYRADIUS 1 m", b"geosearchstore g", 1, ...),
    (b"GEOSEARCHSTORE s g FROMLONLAT 15 37 BYRADIUS 1 m", b"del s", 1, ...),
    (b"GEOSEARCHSTORE d g FROMLONLAT 15 37 BYRADIUS 1 m", b"", 0, b""),
    (b"GEOSEARCHSTORE s missing FROMMEMBER x BYRADIUS 1 m", b"keymiss missing, del s", 1, ...),
    (b"GEORADIUS g 15 37 200 km STORE d", b"new d, georadiusstore d", 2, ...),
    (b"GEORADIUSBYMEMBER g Palermo 200 km STOREDIST s", b"georadiusstore s", 2, ...),
    (b"GEORADIUS missing 15 37 1 m STORE s", b"keymiss missing, del s", 1, ...),
    (b"GEORADIUSBYMEMBER missing Palermo 1 m STORE d", b"keymiss missing", 0, b""),
    (b"GEORADIUS g 15 37 200 km", b"", 0, b""),
    (b"GEOSEARCH missing FROMLONLAT 1 1 BYRADIUS 1 m", b"keymiss missing", 0, b""),
    (b"GEOPOS missing x", b"keymiss missing", 0, b""),
    (b"GEODIST missing a b", b"keymiss missing", 0, b""),
    (b"GEOHASH missing a", b"keymiss missing", 0, b""),
]  # fmt: skip


@pytest.mark.parametrize(("line", "events", "changes", "propagated"), CHANGES, ids=lambda value: str(value)[2:-1])
def test_what_a_request_causes(
    witness: Witness, line: bytes, events: bytes, changes: int, propagated: bytes | None
) -> None:
    witness.ask(line)
    assert b", ".join(witness.events) == events
    assert witness.changes == changes
    assert witness.propagated == ([line if propagated is ... else propagated] if propagated else [])


@pytest.mark.parametrize(
    "line",
    [
        b"GEOADD g 1 1 x 200 1 y", b"GEOADD new 1 1 x 1", b"GEOADD new NX XX 1 1 x", b"GEOADD s 1 1 x",
        b"GEOSEARCHSTORE d g FROMMEMBER Palermo BYRADIUS 1 km WITHDIST",
        b"GEOSEARCHSTORE s g FROMMEMBER x BYRADIUS 1 km",
        b"GEOSEARCHSTORE s s FROMMEMBER x BYRADIUS 1 km", b"GEORADIUS g 1 1 1 km STORE s ANY",
    ],
)  # fmt: skip
def test_a_refused_request_changes_nothing(witness: Witness, line: bytes) -> None:
    before = {
        key: value if type(value) is bytes else value.copy().pairs() for key, value in witness.client.db.values.items()
    }
    assert witness.ask(line).startswith(b"-")
    values = witness.client.db.values
    assert {key: value if type(value) is bytes else value.pairs() for key, value in values.items()} == before
    assert (witness.events, witness.changes) == ([], 0)


@pytest.mark.parametrize(
    "line",
    [
        b"GEOPOS g x", b"GEOHASH g x", b"GEODIST g a b", b"GEORADIUS_RO g 1 1 1 m", b"GEORADIUSBYMEMBER g Palermo 1 m",
        b"GEOSEARCH g FROMMEMBER Palermo FROMMEMBER Catania BYBOX 1 1 m",
        b"GEOSEARCHSTORE d g FROMLONLAT 1 1 BYRADIUS 1 m",
    ],
)  # fmt: skip
def test_a_key_is_looked_up_once(witness: Witness, line: bytes) -> None:
    keyspace = witness.server.keyspace
    witness.ask(line)
    witness.ask(line.replace(b" g", b" missing"))
    assert (keyspace.hits, keyspace.misses) == (1, 1)


def test_positions_are_doubles() -> None:
    witness = Witness((b"GEOADD g 0 85 a",))
    assert (
        witness.ask(b"GEOPOS g a x")
        == b"*2\r\n*2\r\n$20\r\n2.682209014892578e-6\r\n$17\r\n84.99999965213439\r\n*-1\r\n"
    )
    witness.ask(b"HELLO 3")
    assert witness.ask(b"GEOPOS g a x") == b"*2\r\n*2\r\n,2.682209014892578e-6\r\n,84.99999965213439\r\n_\r\n"


def test_a_stored_search_replaces_the_time_to_live() -> None:
    witness = Witness((*START, b"SET d x EX 100", b"GEOSEARCHSTORE d g FROMMEMBER Palermo BYRADIUS 1 m"))
    assert witness.ask(b"TTL d") == b":-1\r\n"
    assert witness.ask(b"TYPE d") == b"+zset\r\n"


def test_a_polygon_around_a_pole() -> None:
    # Its middle is where no geohash is: Valkey searches around an undefined place.
    witness = Witness((b"GEOADD g 0 84 north 0 -84 south",))
    search = b"GEOSEARCH g BYPOLYGON 3 -120 80 10 85 120 80"
    assert witness.ask(search) == b"*1\r\n$5\r\nnorth\r\n"


def test_any_finds_no_more_than_it_was_asked_for() -> None:
    places = b" ".join(b"1.%03d 1 m%d" % (number, number) for number in range(1000))
    witness = Witness((b"GEOADD g " + places,))
    reply = witness.ask(b"GEOSEARCH g FROMLONLAT 1 1 BYRADIUS 200 km COUNT 700 ANY")
    assert reply.startswith(b"*700\r\n")
    assert witness.ask(b"GEOSEARCH g FROMLONLAT 1 1 BYRADIUS 200 km").startswith(b"*1000\r\n")
