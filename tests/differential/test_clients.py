"""CLIENT. What needs sockets or the numbers of clients is in tests/commands/test_clients.py."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.differential.comparison import Comparison
from tests.differential.generated import cases, command, generated
from tests.differential.resp import parse_all
from tests.differential.steps import Step, Word, arrived, begin, closed, elapse, expect, on, raw, replies, step

Case = list[tuple[Word, ...] | Step]

ONLY_VALKEY = ("valkey-9.1",)

#: The fields of CLIENT LIST whose values are the same on every server that has them.
COMPARED = [
    "name",
    "flags",
    "db",
    "sub",
    "psub",
    "ssub",
    "multi",
    "watch",
    "cmd",
    "user",
    "redir",
    "resp",
    "lib-name",
    "lib-ver",
]


def described(*words: Word | Step) -> Step:
    """Compare what CLIENT INFO or CLIENT LIST says of each client that has a name."""
    return replace(step(*words), agree=same_clients)


def same_clients(ours: bytes, theirs: bytes) -> bool:
    our_rows, their_rows = rows(ours), rows(theirs)
    if our_rows is None or their_rows is None:
        return ours == theirs
    names = [[row["name"] for row in rows] for rows in (our_rows, their_rows)]
    pairs = zip(our_rows, their_rows, strict=False)
    return names[0] == names[1] and all(
        our_row[field] == their_row[field] for our_row, their_row in pairs for field in COMPARED if field in their_row
    )


def rows(reply: bytes) -> list[dict[str, str]] | None:
    """Read the lines of CLIENT LIST; None for an error."""
    (kind, content), *_ = parse_all(reply)
    if kind not in (b"$", b"="):
        return None
    assert isinstance(content, bytes)
    lines = content.decode().removeprefix("txt:").splitlines()
    clients = [dict(field.split("=", 1) for field in line.split(" ")) for line in lines]
    for client in clients:
        if "x" not in client["flags"]:
            client["multi"] = "-1"  # Valkey leaves the 0 of a queue that it made once
    # Real servers rotate their list of clients.
    return sorted([client for client in clients if client["name"]], key=lambda client: client["name"])


@pytest.mark.parametrize(
    "words",
    [
        (
            "CLIENT",
            "CLIENT",
        ),
        (
            "CLIENT",
            "foo",
        ),
        ("CLIENT", "ID", "x"),
        (
            "CLIENT",
            "GETNAME",
        ),
        ("CLIENT", "GETNAME", "x"),
        (
            "CLIENT",
            "SETNAME",
        ),
        ("CLIENT", "SETNAME", ""),
        ("CLIENT", "SETNAME", "a b"),
        ("CLIENT", "SETNAME", "a\nb"),
        ("CLIENT", "SETNAME", "a\x7f"),
        ("CLIENT", "SETNAME", b"\xc3\xa4"),
        ("CLIENT", "SETNAME", "a", "b"),
        ("CLIENT", "setname", "~!x"),
        ("CLIENT", "INFO", "x"),
        ("CLIENT", "LIST", "TYPE", "foo"),
        ("CLIENT", "LIST", "foo"),
        ("CLIENT", "LIST", "TYPE"),
        ("CLIENT", "LIST", "TYPE", "master"),
        ("CLIENT", "LIST", "TYPE", "REPLICA"),
        ("CLIENT", "LIST", "TYPE", "slave"),
        ("CLIENT", "LIST", "ID"),
        ("CLIENT", "LIST", "ID", 99999),
        (
            "CLIENT",
            "KILL",
        ),
        ("CLIENT", "KILL", "foo"),
        ("CLIENT", "KILL", "ID"),
        ("CLIENT", "KILL", "ID", 0),
        ("CLIENT", "KILL", "ID", -1),
        ("CLIENT", "KILL", "ID", 99999),
        ("CLIENT", "KILL", "ID", 99999, "x"),
        ("CLIENT", "KILL", "ID", 99999, "ID", 0),
        ("CLIENT", "KILL", "TYPE", "foo"),
        ("CLIENT", "KILL", "TYPE", "pubsub"),
        ("CLIENT", "KILL", "type", "MASTER"),
        ("CLIENT", "KILL", "USER", "nobody"),
        ("CLIENT", "KILL", "USER", "default", "ID", 99999),
        ("CLIENT", "KILL", "USER", "default", "USER", "nobody"),
        ("CLIENT", "KILL", "ADDR", "foo"),
        ("CLIENT", "KILL", "LADDR", "foo"),
        ("CLIENT", "KILL", "ADDR", "foo", "bar"),
        ("CLIENT", "KILL", "SKIPME", "maybe"),
        ("CLIENT", "KILL", "SKIPME", "yes", "ID", 99999),
        ("CLIENT", "KILL", "skipme", "no", "ADDR", "foo"),
        ("CLIENT", "KILL", "foo", "bar"),
        ("CLIENT", "KILL", "foo", "bar", "x"),
        (
            "CLIENT",
            "NO-EVICT",
        ),
        ("CLIENT", "NO-EVICT", "x"),
        ("CLIENT", "NO-EVICT", "on"),
        ("CLIENT", "NO-EVICT", "OFF"),
        ("CLIENT", "NO-EVICT", "on", "off"),
        (
            "CLIENT",
            "REPLY",
        ),
        ("CLIENT", "REPLY", "x"),
        ("CLIENT", "REPLY", "on"),
        ("CLIENT", "REPLY", "ON", "off"),
        (
            "CLIENT",
            "UNBLOCK",
        ),
        ("CLIENT", "UNBLOCK", "x"),
        ("CLIENT", "UNBLOCK", 99999),
        ("CLIENT", "UNBLOCK", 99999, "error"),
        ("CLIENT", "UNBLOCK", 99999, "TIMEOUT"),
        ("CLIENT", "UNBLOCK", 99999, "foo"),
        ("CLIENT", "UNBLOCK", "x", "foo"),
        (
            "CLIENT",
            "PAUSE",
        ),
        ("CLIENT", "PAUSE", "x"),
        ("CLIENT", "PAUSE", "x", "foo"),
        ("CLIENT", "PAUSE", -1),
        ("CLIENT", "PAUSE", 1.5),
        ("CLIENT", "PAUSE", 2**63),
        ("CLIENT", "PAUSE", 0),
        ("CLIENT", "PAUSE", 0, "write"),
        ("CLIENT", "PAUSE", 0, "foo"),
        (
            "CLIENT",
            "UNPAUSE",
        ),
        ("CLIENT", "UNPAUSE", "x"),
        ("CLIENT", "HELP", "x"),
    ],
)
def test_one_request(compare: Comparison, words: tuple[Word, ...]) -> None:
    compare([words, ("CLIENT", "GETNAME")])


@pytest.mark.parametrize(
    "words",
    [
        (
            "CLIENT",
            "SETINFO",
        ),
        ("CLIENT", "SETINFO", "lib-name"),
        ("CLIENT", "SETINFO", "lib-name", "a", "b"),
        ("CLIENT", "SETINFO", "foo", "bar"),
        ("CLIENT", "SETINFO", "foo", "b r"),
        ("CLIENT", "SETINFO", "LIB-Name", "a b"),
        ("CLIENT", "SETINFO", "lib-ver", "a\r"),
        ("CLIENT", "SETINFO", "LIB-VER", "1.0"),
        ("CLIENT", "SETINFO", "lib-name", ""),
        (
            "CLIENT",
            "NO-TOUCH",
        ),
        ("CLIENT", "NO-TOUCH", "x"),
        ("CLIENT", "NO-TOUCH", "ON"),
        ("CLIENT", "NO-TOUCH", "off"),
        ("CLIENT", "NO-TOUCH", "on", "off"),
        (
            "CLIENT",
            "CAPA",
        ),
        ("CLIENT", "CAPA", "foo"),
        ("CLIENT", "CAPA", "redirect", "foo", "REDIRECT"),
        (
            "CLIENT",
            "IMPORT-SOURCE",
        ),
        ("CLIENT", "IMPORT-SOURCE", "on"),
        ("CLIENT", "IMPORT-SOURCE", "OFF"),
        ("CLIENT", "IMPORT-SOURCE", "x"),
        ("CLIENT", "LIST", "ID", 99999, "x"),
        ("CLIENT", "KILL", "id", 99999, 99998, "NAME", "x"),
        ("CLIENT", "KILL", "NOT-ID", 0),
        ("CLIENT", "KILL", "NOT-TYPE", "foo"),
        ("CLIENT", "KILL", "NOT-USER", "nobody"),
        ("CLIENT", "KILL", "NOT-MAXAGE", 5),
        ("CLIENT", "KILL", "NOT-IDLE", 5),
        ("CLIENT", "KILL", "NOT-SKIPME", "yes"),
        ("CLIENT", "KILL", "NOT-foo", "x"),
        *[("CLIENT", "KILL", "MAXAGE", value) for value in ("x", 0, -1, 2**63, 100000)],
        *[("CLIENT", "KILL", "idle", value) for value in ("x", 0, -1, 2**63, 100000)],
        *[("CLIENT", "LIST", name, value) for name in ("DB", "not-db") for value in ("x", -1, 16, 99, 2**63)],
        *[
            ("LIST", name, value)
            for name in ("FLAGS", "not-flags")
            for value in ("z", "Nz", "NN", "xPbdcUAreTOSMtRBuIiE")
        ],
        *[("CLIENT", "LIST", name, value) for name in ("CAPA", "not-capa") for value in ("z", "rz", "rr")],
        ("CLIENT", "LIST", "FLAGS"),
        ("CLIENT", "LIST", "NAME"),
        ("CLIENT", "LIST", "NAME", "x", "IDLE"),
        ("CLIENT", "LIST", "SKIPME", "x"),
        ("CLIENT", "LIST", "NAME", "x", "DB", 99),
    ],
)
def test_one_request_that_only_valkey_knows(compare: Comparison, words: tuple[Word, ...]) -> None:
    compare([("CLIENT", "SETNAME", "me"), described(*words), ("CLIENT", "GETNAME")], oracles=ONLY_VALKEY)


@pytest.mark.parametrize(
    "words",
    [
        ("CLIENT", "unblock", 99999, "ERROR", "x"),
        ("CLIENT", "pause", 0, "ALL", "x"),
        ("CLIENT", "LIST", "ID", "x"),
        ("CLIENT", "LIST", "ID", 0),
        ("CLIENT", "LIST", "ID", -1),
        ("CLIENT", "LIST", "ID", "01"),
        ("CLIENT", "KILL", "ID", "x"),
    ],
)
def test_one_request_that_valkey_answers_otherwise(compare: Comparison, words: tuple[Word, ...]) -> None:
    reason = "it ignores surplus words, and has one error for a bad number of a client in LIST and KILL"
    compare([words], differs={"valkey-9.1": reason})


def test_the_longest_pause(compare: Comparison) -> None:
    longest = 2**63 - 1
    compare([("CLIENT", "PAUSE", longest)], differs={"redis-7.0": "it is longer than any time there is"})


NAMED = ("CLIENT", "SETNAME", "me")


@pytest.mark.parametrize(
    "steps",
    [
        pytest.param([NAMED], id="plain"),
        pytest.param([NAMED, ("SELECT", 5), ("GET", "k")], id="database"),
        pytest.param([NAMED, ("WATCH", "k1", "k2")], id="watching"),
        pytest.param([NAMED, ("CLIENT", "NO-EVICT", "ON")], id="spared"),
        pytest.param([NAMED, ("nosuch",)], id="an unknown command"),
    ],
)
def test_info(compare: Comparison, steps: Case) -> None:
    compare([*steps, described("CLIENT", "INFO")])


def test_info_of_a_resp3_subscriber(compare: Comparison) -> None:
    compare(
        [
            NAMED,
            replace(step("HELLO", 3), agree=lambda ours, theirs: True),
            replies(2, "SUBSCRIBE", "c1", "c2"),
            replies(1, "PSUBSCRIBE", "*"),
            replies(1, "SSUBSCRIBE", "s"),
            described("CLIENT", "INFO"),
        ]
    )


def test_list_of_clients_in_all_states(compare: Comparison) -> None:
    compare(
        [
            *crowd(),
            described("CLIENT", "LIST"),
            described("CLIENT", "LIST", "TYPE", "PUBSUB"),
            described("client", "list", "type", "normal"),
        ]
    )


def crowd() -> list[Step]:
    """Let clients of every kind connect, each named after what it does."""
    return [
        on("a", "CLIENT", "SETNAME", "asks"),
        on("b", "CLIENT", "SETNAME", "blocked"),
        on("b", begin("BLPOP", "nolist", 0)),
        on("s", "CLIENT", "SETNAME", "subscribes"),
        on("s", replies(1, "SUBSCRIBE", "channel")),
        on("t", "CLIENT", "SETNAME", "transaction"),
        on("t", "MULTI"),
        on("t", "GET", "k"),
        on("t", "GET", "k"),
        on("d", "SELECT", 3),
        on("d", "CLIENT", "SETNAME", "database"),
        on("d", "CLIENT", "NO-EVICT", "ON"),
    ]


FILTERS: list[tuple[Word, ...]] = [
    ("SKIPME", "YES"),
    ("SKIPME", "no"),
    ("skipme", "yes", "SKIPME", "NO"),
    ("NAME", "blocked"),
    ("NAME", "blocked", "NAME", "database"),
    ("NOT-NAME", "blocked"),
    ("NOT-NAME", ""),
    ("NAME", ""),
    ("NAME", "nobody"),
    ("NAME", "blocked", "NOT-NAME", "blocked"),
    ("TYPE", "pubsub", "NAME", "blocked"),
    ("TYPE", "normal", "TYPE", "pubsub"),
    ("TYPE", "replica"),
    ("TYPE", "primary"),
    ("NOT-TYPE", "master"),
    ("NOT-TYPE", "normal"),
    ("FLAGS", "N"),
    ("FLAGS", "x"),
    ("FLAGS", "b"),
    ("FLAGS", "eN"),
    ("FLAGS", ""),
    ("FLAGS", "xb"),
    ("FLAGS", "PP"),
    ("NOT-FLAGS", "N"),
    ("NOT-FLAGS", "xb"),
    ("NOT-FLAGS", "P", "FLAGS", "x"),
    ("DB", 3),
    ("DB", 0, "SKIPME", "YES"),
    ("NOT-DB", 0),
    ("not-db", 3),
    ("USER", "default", "DB", 3),
    ("NOT-USER", "default"),
    ("ADDR", "nowhere"),
    ("NOT-ADDR", "nowhere"),
    ("LADDR", "nowhere"),
    ("NOT-LADDR", "nowhere", "DB", 3),
    ("IP", "nowhere"),
    ("NOT-IP", "nowhere"),
    ("LIB-NAME", ""),
    ("NOT-LIB-NAME", ""),
    ("LIB-NAME", "lib"),
    ("NOT-LIB-NAME", "lib"),
    ("LIB-VER", "1"),
    ("NOT-LIB-VER", "1", "DB", 3),
    ("CAPA", "r"),
    ("NOT-CAPA", "r"),
    ("CAPA", ""),
    ("NOT-CAPA", ""),
    ("MAXAGE", 1000),
    ("IDLE", 1000),
    ("NOT-ID", 99999),
    ("ID", 99999),
    ("ID", 99999, "NAME", "blocked"),
]

LIBRARIES = [
    on("t", "RESET"),
    on("t", "CLIENT", "SETNAME", "library"),
    on("t", "CLIENT", "SETINFO", "LIB-NAME", "lib"),
    on("t", "CLIENT", "SETINFO", "LIB-VER", "1"),
    on("t", "CLIENT", "CAPA", "redirect"),
]


def test_filters_of_list(compare: Comparison) -> None:
    steps: Case = [*crowd()]
    steps += [described("CLIENT", "LIST", *words) for words in FILTERS]
    steps += LIBRARIES
    steps += [described("CLIENT", "LIST", *words) for words in FILTERS]
    compare(steps, oracles=ONLY_VALKEY)


NAMES = ["asks", "blocked", "subscribes", "transaction", "database"]


@generated
@given(
    words=st.lists(st.sampled_from([words for words in FILTERS if len(words) == 2]), min_size=2, max_size=4),
)
@pytest.mark.parametrize("protocol", [2])
def test_filters_together(compare: Comparison, words: list[tuple[Word, ...]]) -> None:
    compare([*crowd(), described("CLIENT", "LIST", *sum(words, ()))], oracles=ONLY_VALKEY)


@pytest.mark.parametrize(
    ("words", "gone"),
    [
        (("TYPE", "pubsub"), "s"),
        (("NAME", "blocked"), "b"),
        (("FLAGS", "x"), "t"),
        (("DB", 3), "d"),
        (("NOT-DB", 0), "d"),
        (("NAME", "database", "SKIPME", "no"), "d"),
        (("NAME", "asks", "SKIPME", "no"), "a"),
    ],
)
def test_kill(compare: Comparison, words: tuple[Word, ...], gone: str) -> None:
    after = [] if gone == "a" else [described("CLIENT", "LIST"), ("PUBLISH", "channel", "m")]
    compare([*crowd(), ("CLIENT", "KILL", *words), closed(gone), *after], oracles=ONLY_VALKEY)


def test_kill_spares_oneself(compare: Comparison) -> None:
    steps = [*crowd(), ("CLIENT", "KILL", "NAME", "asks"), ("PING",)]
    compare(steps, oracles=ONLY_VALKEY)


def test_kill_in_a_transaction(compare: Comparison) -> None:
    steps: Case = [
        *crowd(),
        ("MULTI",),
        ("CLIENT", "KILL", "TYPE", "pubsub"),
        ("PUBLISH", "channel", "m"),
        ("EXEC",),
        closed("s"),
    ]
    compare(steps)


def test_a_killed_client_waits_for_nothing(compare: Comparison) -> None:
    compare(
        [
            *crowd(),
            on("c", begin("BLPOP", "nolist", 0)),
            ("CLIENT", "KILL", "NAME", "blocked"),
            closed("b"),
            ("RPUSH", "nolist", 1, 2),
            expect("c"),
            ("LRANGE", "nolist", 0, -1),
        ],
        oracles=ONLY_VALKEY,
    )


@pytest.mark.parametrize(
    ("count", "payload"),
    [
        (1, b"CLIENT REPLY SKIP\r\nPING\r\n"),
        (1, b"CLIENT REPLY OFF\r\nPING\r\nCLIENT REPLY foo\r\nNOSUCH\r\nCLIENT REPLY ON\r\n"),
        (0, b"CLIENT REPLY SKIP\r\nCLIENT REPLY SKIP\r\nPING\r\n"),
        (2, b"CLIENT REPLY SKIP\r\nCLIENT REPLY ON\r\nPING\r\n"),
        (1, b"CLIENT REPLY SKIP\r\nCLIENT REPLY OFF\r\nPING\r\nCLIENT REPLY ON\r\n"),
        (1, b"CLIENT REPLY OFF\r\nCLIENT REPLY SKIP\r\nPING\r\nCLIENT REPLY ON\r\n"),
        (0, b"CLIENT REPLY SKIP\r\nNOSUCH\r\n"),
        (0, b"CLIENT REPLY SKIP\r\nGET\r\n"),
        (0, b"CLIENT REPLY SKIP\r\nLRANGE missing 0 -1\r\n"),
        (2, b"CLIENT REPLY SKIP\r\nMULTI\r\nECHO 1\r\nEXEC\r\n"),
        (1, b"CLIENT REPLY OFF\r\nMULTI\r\nECHO 1\r\nEXEC\r\nCLIENT REPLY ON\r\n"),
        (2, b"CLIENT REPLY OFF\r\nHELLO 3\r\nGET missing\r\nCLIENT REPLY ON\r\nGET missing\r\n"),
        (1, b"CLIENT REPLY SKIP\r\nHELLO 3\r\nGET missing\r\n"),
        (1, b"CLIENT REPLY OFF\r\nCLIENT ID\r\nRESET\r\n"),
        (1, b"CLIENT REPLY SKIP\r\nRESET\r\nPING\r\n"),
        (4, b"CLIENT REPLY SKIP\r\nSUBSCRIBE c\r\nPING\r\nUNSUBSCRIBE\r\nPING\r\n"),
    ],
)
def test_reply(compare: Comparison, count: int, payload: bytes) -> None:
    compare([raw(payload + b"ECHO end\r\n", replies=count + 1)])


def test_pushes_come_without_replies(compare: Comparison) -> None:
    compare(
        [
            replies(0, "CLIENT", "REPLY", "OFF"),
            replies(1, "SUBSCRIBE", "c"),
            on("b", "PUBLISH", "c", "m"),
            expect(),
            replies(1, "UNSUBSCRIBE"),
            replies(0, "PING"),
            ("CLIENT", "REPLY", "ON"),
        ]
    )


def test_reply_is_not_for_transactions(compare: Comparison) -> None:
    compare(
        [("MULTI",), ("CLIENT", "REPLY", "ON"), ("EXEC",)],
        differs={
            "redis-7.0": "it queues CLIENT REPLY",
            "redis-8.2": "it queues CLIENT REPLY",
            "valkey-9.1": "the error names the command",
        },
    )


@pytest.mark.parametrize(
    "steps",
    [
        pytest.param(
            [
                on("b", "PING"),
                on("c", "PING"),
                ("CLIENT", "PAUSE", 50),
                on("b", replies(0, "GET", "k")),
                on("c", replies(0, "SET", "k", 1)),
                replies(0, "CLIENT", "UNPAUSE"),
                elapse(51),
                expect("b"),
                expect("c"),
                expect("a"),
            ],
            id="all",
        ),
        pytest.param(
            [
                ("CLIENT", "PAUSE", 100000, "WRITE"),
                on("b", "GET", "k"),
                on("b", begin("SET", "k", 1)),
                on("c", begin("PUBLISH", "channel", "m")),
                on("d", "MULTI"),
                on("d", "GET", "k"),
                on("d", "EXEC"),
                on("e", "MULTI"),
                on("e", begin("SET", "k", 1)),
                on("f", "GET", "k"),
                ("CLIENT", "UNPAUSE"),
                expect("b"),
                expect("c"),
                expect("e"),
                ("GET", "k"),
            ],
            id="writes",
        ),
        pytest.param(
            [
                ("CLIENT", "PAUSE", 100000, "write"),
                on("b", raw(b"SET k 1\r\nGET k\r\nSET k 2\r\n", replies=0)),
                on("b", begin("GET", "k")),
                arrived("b"),
                ("CLIENT", "UNPAUSE"),
                expect("b", 4),
            ],
            id="pipeline",
        ),
        pytest.param(
            [
                ("CLIENT", "PAUSE", 50, "WRITE"),
                on("b", begin("SET", "k", 1)),
                elapse(51),
                expect("b"),
                ("GET", "k"),
            ],
            id="ends by itself",
        ),
        pytest.param(
            [
                ("CLIENT", "PAUSE", 100000, "WRITE"),
                ("CLIENT", "PAUSE", 1, "WRITE"),
                elapse(2),
                on("b", begin("SET", "k", 1)),
                arrived("b"),
                ("CLIENT", "UNPAUSE"),
                expect("b"),
            ],
            id="the later end counts",
        ),
    ],
)
def test_pause(compare: Comparison, steps: Case) -> None:
    compare(steps)


@generated
@given(
    steps=cases(
        command("CLIENT", "SETNAME", st.sampled_from(["", "a", "b c"])),
        command("CLIENT", "GETNAME"),
        command("CLIENT", "NO-EVICT", st.sampled_from(["on", "off", "x"])),
        command("SELECT", st.integers(-1, 16)),
        command("WATCH", "k"),
        command("GET", "k"),
        command("RESET"),
        command("AUTH", st.sampled_from(["default", "nobody"]), "x"),
    )
)
def test_any_state(compare: Comparison, steps: list[Step]) -> None:
    # RESET of Redis 7.0 does not end NO-EVICT.
    after: Case = [("RESET",), ("CLIENT", "NO-EVICT", "OFF"), ("CLIENT", "SETNAME", "me")]
    compare([*steps, *after, described("CLIENT", "INFO")])


@pytest.mark.parametrize(
    "words",
    [("BLPOP", "l", "0"), ("XREAD", "BLOCK", "0", "STREAMS", "s", "$"), ("BLMOVE", "l", "m", "LEFT", "LEFT", 0)],
)
def test_blocked_clients_heed_a_pause(compare: Comparison, words: tuple[Word, ...]) -> None:
    compare(
        [
            on("w", begin(*words)),
            ("MULTI",),
            ("RPUSH", "l", "x"),
            ("XADD", "s", "1-1", "f", "v"),
            ("CLIENT", "PAUSE", 60000, "WRITE"),
            ("EXEC",),
            arrived("w"),
            ("CLIENT", "UNPAUSE"),
            arrived("w"),
        ],
        oracles=("valkey-9.1", "redis-8.2"),
    )


@pytest.mark.parametrize("mode", [(), ("BCAST",), ("OPTIN",), ("NOLOOP", "OPTOUT")])
def test_flags_of_tracking(compare: Comparison, mode: tuple[str, ...]) -> None:
    compare(
        [
            ("CLIENT", "SETNAME", "a"),
            ("CLIENT", "TRACKING", "ON", *mode),
            described("CLIENT", "INFO"),
            ("CLIENT", "TRACKING", "OFF"),
            described("CLIENT", "INFO"),
        ]
    )
