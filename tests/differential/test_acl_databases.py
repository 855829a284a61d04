"""Rules about databases, which Valkey 9.1 has, on a server that stands for it."""

from __future__ import annotations

import pytest

from stubredis.command import REGISTRY, table
from stubredis.versions import EMULATED
from tests.differential.comparison import Comparison
from tests.differential.sides import Oracle, Ours
from tests.differential.steps import Step, Word, on, shape, step

VALKEY = "valkey-9.1"
EVERYTHING = ("ACL", "SETUSER", "u", "reset", "on", "nopass", "+@all", "~*", "&*")


@pytest.fixture
def compare(valkey_oracle: Oracle, protocol: int) -> Comparison:
    return Comparison(lambda: Ours(VALKEY), {VALKEY: valkey_oracle}, protocol)


@pytest.mark.parametrize(
    "rules",
    [
        ["db=1"],
        ["db=0,1", "db=2"],
        ["DB=7,5,6", "db=01,1,1"],
        ["db=99"],
        ["alldbs", "resetdbs", "ALLDBS", "ResetDBs", "db=1", "alldbs", "reset"],
        ["db="],
        ["db=x"],
        ["db=-1"],
        ["db=1,,2"],
        ["db=1,"],
        ["db=,1"],
        ["db=1 "],
        ["db=+1"],
        ["db=2147483647"],
        ["nodbs"],
        ["db"],
        ["(db=1 +get ~a)", "db=2", "clearselectors"],
        ["(db=x)"],
        ["(resetdbs alldbs +get)"],
    ],
    ids=" ".join,
)
def test_rules(compare: Comparison, rules: list[str]) -> None:
    steps: list[Step] = [step("ACL", "SETUSER", "u", "on")]
    for rule in rules:
        steps += [step("ACL", "SETUSER", "u", rule), step("ACL", "LIST"), step("ACL", "GETUSER", "u")]
    compare([*steps, step("ACL", "GETUSER", "default")], oracles=(VALKEY,))


REQUESTS: list[tuple[Word, ...]] = [
    ("GET", "a"),
    ("DBSIZE",),
    ("PING",),
    ("PUBLISH", "c", "m"),
    ("EVAL", "return 1", 0),
    ("EVAL", "return redis.acl_check_cmd('get', 'a')", 0),
    ("SORT", "l", "BY", "w_*"),
    ("SELECT", 0),
    ("SELECT", 1),
    ("SELECT", "x"),
    ("SELECT", 99),
    ("MOVE", "a", 1),
    ("MOVE", "a", 2),
    ("COPY", "a", "b"),
    ("COPY", "a", "b", "DB", 2),
    ("COPY", "a", "b", "REPLACE", "DB", 1),
    ("COPY", "a", "b", "DB", "x"),
    ("SWAPDB", 1, 2),
    ("SWAPDB", 1, 1),
    ("SWAPDB", 2, 1),
    ("FLUSHDB",),
    ("FLUSHALL",),
    ("KEYS", "*"),
    ("MULTI",),
    ("WATCH", "a"),
    ("FUNCTION", "FLUSH"),
    ("FUNCTION", "LIST"),
    ("OBJECT", "ENCODING", "a"),
    ("ACL", "WHOAMI"),
]


@pytest.mark.parametrize("selected", [0, 1])
@pytest.mark.parametrize("request_", REQUESTS, ids=lambda words: " ".join(map(str, words)))
def test_requests(compare: Comparison, request_: tuple[Word, ...], selected: int) -> None:
    compare(
        [
            on("b", *EVERYTHING, "db=1,3"),
            ("SELECT", selected),
            ("AUTH", "u", "x"),
            request_,
            on("b", "SELECT", selected),
            on("b", "ACL", "DRYRUN", "u", *request_),
            on("b", shape("ACL", "LOG")),
        ],
        oracles=(VALKEY,),
    )


def test_log(compare: Comparison) -> None:
    """What is denied is named by the command, or by the database that a word names."""
    names = [on("b", shape("ACL", "LOG", 1))]
    compare(
        [
            on("b", *EVERYTHING, "db=3"),
            ("AUTH", "u", "x"),
            ("gEt", "a"),
            *names,
            ("FUNCTION", "FLUSH"),
            *names,
            ("SELECT", 2),
            *names,
        ],
        oracles=(VALKEY,),
    )


def test_keys_come_after_databases(compare: Comparison) -> None:
    compare(
        [
            on("b", "ACL", "SETUSER", "u", "on", "nopass", "+get", "~a", "db=1", "(+set ~b db=0)"),
            ("AUTH", "u", "x"),
            ("GET", "b"),
            ("GET", "a"),
            ("SET", "b", "v"),
            ("SET", "a", "v"),
            ("DEL", "a"),
        ],
        oracles=(VALKEY,),
    )


def test_within_a_transaction_and_a_script(compare: Comparison) -> None:
    compare(
        [
            on("b", *EVERYTHING, "db=0"),
            ("AUTH", "u", "x"),
            ("MULTI",),
            ("SELECT", 1),
            ("EXEC",),
            ("MULTI",),
            ("SET", "a", "v"),
            on("b", "ACL", "SETUSER", "u", "db=1"),
            ("EXEC",),
        ],
        oracles=(VALKEY,),
    )


def test_all_commands(valkey_oracle: Oracle) -> None:
    """Which commands need the database that is selected."""
    ours = Ours(VALKEY)
    ours.reset()
    session = ours.connect()
    from tests.differential.resp import encode

    make = (*EVERYTHING, "db=5")
    session.send(encode(tuple(word.encode() for word in make)))
    session.read(1)
    valkey_oracle.reset()
    valkey_oracle.ask([tuple(word.encode() for word in make)])
    unlike = []
    for name in sorted(every_name()):
        words = name.split("|")
        arity = abs(REGISTRY[name].arity)
        request = tuple(word.encode() for word in ("ACL", "DRYRUN", "u", *words, *["1"] * (arity - len(words))))
        session.send(encode(request))
        mine, theirs = session.read(1), valkey_oracle.ask([request])[0]
        if mine != theirs and b"not found" not in theirs:
            unlike.append((name, mine, theirs))
    valkey_oracle.reset()
    assert {name for name, *_ in unlike} <= UNLIKE


#: HELP of OBJECT counts as reading there.
UNLIKE = {"object|help"}


def every_name() -> set[str]:
    commands = table(EMULATED[VALKEY]).values()
    bare = {command.name for command in commands if not command.subcommands}
    return bare | {each.name for command in commands for each in command.subcommands.values()}
