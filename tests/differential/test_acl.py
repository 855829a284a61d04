"""ACL: rules and how they are printed, what they allow, what is logged. Files are in tests/commands/test_acl.py."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stubredis.command import REGISTRY
from stubredis.permissions import CATEGORIES
from tests.differential.comparison import Comparison
from tests.differential.generated import cases, command, generated
from tests.differential.resp import Tree, parse_all
from tests.differential.sides import Oracle
from tests.differential.steps import (
    Step,
    Word,
    begin,
    closed,
    error_kind,
    expect,
    fields,
    on,
    replies,
    shape,
    step,
    unordered,
)
from tests.programs import programs

NEWER = ("valkey-9.1", "redis-8.2")
LIST_SETUSER = ("ACL", "SETUSER", "u")


def shown(*words: Word | Step) -> Step:
    """Compare rules, but for what Redis 8 alone shows (`sanitize-payload`) and Valkey alone has (databases)."""
    return replace(step(*words), agree=same_rules)


def same_rules(ours: bytes, theirs: bytes) -> bool:
    return [_common(tree) for tree in parse_all(ours)] == [_common(tree) for tree in parse_all(theirs)]


def _common(tree: Tree) -> Tree:
    kind, content = tree
    if isinstance(content, bytes):
        return kind, content.replace(b" sanitize-payload", b"").replace(b" skip-sanitize-payload", b"")
    if not isinstance(content, list):
        return tree
    found = [_common(child) for child in content]
    plain = [child[1] for child in found]
    if b"databases" in plain:
        at = plain.index(b"databases")
        del found[at : at + 2]
    return kind, [child for child in found if child[1] not in (b"sanitize-payload", b"skip-sanitize-payload")]


def same_but_full_stop(ours: bytes, theirs: bytes) -> bool:
    """Valkey ends some errors with a full stop."""
    return ours.rstrip(b".\r\n") == theirs.rstrip(b".\r\n")


def rules(*given: str) -> list[Step]:
    """Apply rules one after another, and look at the user after each."""
    found = []
    for rule in given:
        found += [step(*LIST_SETUSER, *rule.split(" ")), shown("ACL", "GETUSER", "u"), shown("ACL", "LIST")]
    return found


HASH = "2bd806c97f0e00af1a1fc3328fa763a9269723c8db8fac4f93af71db186d6e90"

CASES = [
    ["", "on", "ON", "off", "nopass", "resetpass", ">secret", "nopass"],
    [">a", ">b", ">a", "<a", "<a", "resetpass", "<b"],
    [f"#{HASH}", f"#{HASH}", f"!{HASH}", f"!{HASH}", "#abc", f"#{HASH.upper()}", "!x", f"#{HASH}0", ">", "<", "#"],
    ["on", "skip-sanitize-payload", "sanitize-payload", "reset"],
    ["~a", "~b*", "%R~a", "%W~c", "%R~c", "%RW~d", "%wr~e", "%r~f", "resetkeys", "~*", "~x", "allkeys", "%R~*"],
    ["%~a", "%RR~a", "%X~a", "%R", "%Ra", "%", "~", "~~", "%RWR~a"],
    ["&a", "&b*", "&a", "allchannels", "&c", "resetchannels", "&*", "&", "resetchannels", "&"],
    ["+get", "+set", "-get", "+GET", "allcommands", "-get", "+get", "nocommands", "+@read", "-@all", "+@all"],
    ["+@read", "-@write", "+@read", "+@STRING -get +@string", "-@string", "+@nosuch", "-@nosuch", "+@", "+", "-"],
    ["+config", "+config|get", "+config|set", "-config", "+config|get", "+CONFIG|Get", "+client +client|list"],
    ["+select|0", "+select|1", "+select|0", "+select", "+SELECT|A", "-select", "+select|0", "+select|", "+|a"],
    ["+config|get|x", "+config|nosuch", "-select|0", "-config|nosuch", "+nosuch", "-nosuch", "+nosuch|a", "+get|a|b"],
    ["(+get ~a)", "( +set ~b )", "(+@read", "(%R~x &c +get)", "(+get) (+set)", "clearselectors", "()", "(", ")", "(x)"],
    ["(allkeys +@all)", "(~* ~a)", "(&* &b)", "(+config|get|x)", "on (+get ~a) off", "reset", "(on)", "((+get))"],
    ["nosuch", "allkeysx", "alldb", "resetkey", "+@all extra", "on nosuch", "on +nosuch"],
    ["on >p ~k* &c* +@all -@dangerous +keys -flushall (%R~z +@hash)", "reset", "on nopass allkeys allcommands"],
]


@pytest.mark.parametrize("given_rules", CASES, ids=lambda given: given[0])
def test_rules(compare: Comparison, given_rules: list[str]) -> None:
    compare(rules(*given_rules), oracles=("redis-8.2", "valkey-9.1"))


#: Where Redis 7.0 prints rules that have no effect otherwise.
SAME_IN_7_0 = [0, 1, 2, 4, 5, 6, 11, 12, 13, 14]


@pytest.mark.parametrize("number", SAME_IN_7_0)
def test_rules_in_7_0(compare: Comparison, number: int) -> None:
    compare(rules(*CASES[number]), oracles=("redis-7.0",))


@generated
@given(
    steps=cases(
        command(
            *LIST_SETUSER,
            st.sampled_from(["+", "-"]),
        ),
        command(
            *LIST_SETUSER,
            st.sampled_from(
                [
                    "on",
                    "off",
                    "nopass",
                    ">a",
                    "<a",
                    "~a",
                    "~b*",
                    "%R~a",
                    "%W~b*",
                    "allkeys",
                    "resetkeys",
                    "&a",
                    "&b*",
                    "allchannels",
                    "resetchannels",
                    "+@all",
                    "-@all",
                    "+get",
                    "-get",
                    "+set",
                    "+config",
                    "-config",
                    "+config|get",
                    "-config|get",
                    "+select|0",
                    "+select|1",
                    "-select",
                    "+@read",
                    "-@read",
                    "+@admin",
                    "-@admin",
                    "+acl|cat",
                    "-acl",
                    "reset",
                    "clearselectors",
                ]
            ),
            st.sampled_from(["", "(~a +get)", "(%R~b* +@read -get)", "+@string", "-set"]),
        ),
    )
)
def test_any_rules(compare: Comparison, steps: list[Step]) -> None:
    compare([*steps, shown("ACL", "LIST"), shown("ACL", "GETUSER", "u")], oracles=NEWER)


@pytest.mark.parametrize(
    "words",
    [
        ("ACL",),
        ("ACL", "NOSUCH"),
        ("ACL", "CAT"),
        ("ACL", "CAT", "nosuch"),
        ("ACL", "CAT", ""),
        ("ACL", "CAT", "read", "x"),
        ("ACL", "SETUSER"),
        ("ACL", "SETUSER", "a b"),
        ("ACL", "SETUSER", b"a\0b", "on"),
        ("ACL", "GETUSER"),
        ("ACL", "GETUSER", "nosuch"),
        ("ACL", "GETUSER", "u", "v"),
        ("ACL", "DELUSER"),
        ("ACL", "DELUSER", "nosuch"),
        ("ACL", "DELUSER", "nosuch", "default"),
        ("ACL", "LIST", "x"),
        ("ACL", "USERS"),
        ("ACL", "USERS", "x"),
        ("ACL", "WHOAMI"),
        ("ACL", "WHOAMI", "x"),
        ("ACL", "GENPASS", 0),
        ("ACL", "GENPASS", -1),
        ("ACL", "GENPASS", 4097),
        ("ACL", "GENPASS", "x"),
        ("ACL", "GENPASS", 1, 2),
        ("ACL", "LOG"),
        ("ACL", "LOG", "x"),
        ("ACL", "LOG", -1),
        ("ACL", "LOG", "reset"),
        ("ACL", "LOG", "RESET", "x"),
        ("ACL", "LOAD", "x"),
        ("ACL", "SAVE", "x"),
        ("ACL", "DRYRUN"),
        ("ACL", "DRYRUN", "default"),
        ("ACL", "DRYRUN", "nosuch", "GET", "a"),
        ("ACL", "DRYRUN", "default", "nosuch", "a"),
        ("ACL", "DRYRUN", "default", "GET"),
        ("ACL", "DRYRUN", "default", "GET", "a", "b"),
        ("ACL", "DRYRUN", "default", "CONFIG"),
        ("ACL", "DRYRUN", "default", "CONFIG", "NOSUCH"),
        ("ACL", "DRYRUN", "default", "CONFIG", "GET"),
        ("ACL", "DRYRUN", "default", "GET", "a"),
        ("ACL", "HELP", "x"),
    ],
    ids=lambda words: " ".join(map(str, words)),
)
def test_one_request(compare: Comparison, words: tuple[Word, ...]) -> None:
    compare([words])


def test_without_a_file(compare: Comparison) -> None:
    compare([("ACL", "LOAD"), ("ACL", "SAVE")], oracles=("redis-7.0", "redis-8.2"))
    compare([error_kind("ACL", "LOAD"), error_kind("ACL", "SAVE")], oracles=("valkey-9.1",))


@pytest.mark.parametrize("bits", [1, 4, 5, 64, 255, 4096])
def test_genpass(compare: Comparison, bits: int) -> None:
    compare([shape("ACL", "GENPASS"), shape("ACL", "GENPASS", bits)])


@pytest.mark.parametrize("category", CATEGORIES)
def test_cat(valkey_oracle: Oracle, request: pytest.FixtureRequest, category: str) -> None:
    """A category holds those of our commands that one of the newest servers has in it, and that server no others."""
    oracles = [valkey_oracle]
    if programs()["redis-server 8.2"].path:
        oracles.append(request.getfixturevalue("redis_8_2_oracle"))
    ours = {name for name, declared in REGISTRY.items() if category in declared.categories}
    for oracle in oracles:
        their_commands = names(oracle, b"COMMAND", b"LIST", b"FILTERBY", b"PATTERN", b"*")
        theirs = names(oracle, b"ACL", b"CAT", category.encode())
        assert {name for name in theirs if name in REGISTRY} == ours & their_commands


def names(oracle: Oracle, *words: bytes) -> set[str]:
    (_, content), *_ = parse_all(oracle.ask([words])[0])
    assert isinstance(content, list)
    return {word.decode() for _, word in content if isinstance(word, bytes)}


USER = (*LIST_SETUSER, "on", "nopass")

REQUESTS: list[tuple[Word, ...]] = [
    ("GET", "a1"),
    ("GET", "b1"),
    ("SET", "a1", "x"),
    ("SET", "b1", "x"),
    ("SET", "w1", "x", "GET"),
    ("SET", "r1", "x"),
    ("SET", "w1", "x"),
    ("GET", "r1"),
    ("GET", "w1"),
    ("EXISTS", "w1"),
    ("EXISTS", "b1"),
    ("STRLEN", "w1"),
    ("TYPE", "w1"),
    ("MGET", "a1", "a2", "r1"),
    ("MGET", "a1", "b1", "w1"),
    ("MSET", "a1", 1, "w1", 2),
    ("MSET", "a1", 1, "r1", 2),
    ("COPY", "r1", "w1"),
    ("COPY", "w1", "r1"),
    ("RENAME", "a1", "w1"),
    ("RENAME", "r1", "w1"),
    ("INCR", "w1"),
    ("DEL", "w1"),
    ("DEL", "r1"),
    ("LMPOP", 2, "a1", "a2", "LEFT"),
    ("LMPOP", 2, "a1", "r1", "LEFT"),
    ("LMPOP", "x", "b1", "LEFT"),
    ("BITFIELD", "r1", "GET", "u8", 0),
    ("BITFIELD", "r1", "SET", "u8", 0, 1),
    ("ZUNIONSTORE", "w1", 2, "r1", "r2"),
    ("ZUNIONSTORE", "r1", 2, "r1", "r2"),
    ("XREAD", "STREAMS", "r1", "w1", 0, 0),
    ("SORT", "r1"),
    ("SORT", "r1", "STORE", "w1"),
    ("SORT", "r1", "STORE", "r1"),
    ("SORT", "r1", "BY", "x*"),
    ("GEORADIUS", "r1", 1, 1, 1, "m", "STORE", "b1"),
    ("PUBLISH", "c1", "x"),
    ("PUBLISH", "d1", "x"),
    ("SPUBLISH", "d1", "x"),
    ("SUBSCRIBE", "c1", "c2"),
    ("SUBSCRIBE", "c1", "d1"),
    ("SSUBSCRIBE", "d1"),
    ("PSUBSCRIBE", "c*"),
    ("PSUBSCRIBE", "c1"),
    ("UNSUBSCRIBE", "d1"),
    ("CONFIG", "GET", "x"),
    ("CONFIG", "SET", "x", "y"),
    ("SELECT", 0),
    ("SELECT", 1),
    ("AUTH", "x"),
    ("HELLO", 3),
    ("PING",),
    ("ACL", "WHOAMI"),
    ("WATCH", "w1"),
    ("MULTI",),
]

USERS = {
    "nothing": "",
    "everything": "+@all ~* &*",
    "keys": "+@all ~a* %R~r* %W~w* &c*",
    "no dangerous": "+@all -@dangerous ~* &*",
    "some": "+@read +config|get +select|0 +publish ~a* %R~r*",
    "selectors": "+get ~a* (+set %W~w*) (+@read %R~r* &c*) (+mget ~b*)",
}


@pytest.mark.parametrize("user", USERS)
def test_dryrun(compare: Comparison, user: str) -> None:
    compare([(*USER, *USERS[user].split(" ")), *(("ACL", "DRYRUN", "u", *words) for words in REQUESTS)], oracles=NEWER)


def test_dryrun_in_7_0(compare: Comparison) -> None:
    compare(
        [(*USER, "+get", "~a*", "%R~r*"), ("ACL", "DRYRUN", "u", "SET", "a", "b"), ("ACL", "DRYRUN", "u", "GET", "x")],
        oracles=("redis-7.0",),
        differs={"redis-7.0": "it names the user and the key in other words"},
    )


def as_user(*given: Word) -> list[Step]:
    """Make a user and log in with a second client."""
    return [step(*USER, *given), on("b", "AUTH", "u", "x")]


@pytest.mark.parametrize("user", USERS)
def test_requests(compare: Comparison, user: str) -> None:
    """What DRYRUN allows is executed, all else refused."""
    skipped = ("SUBSCRIBE", "SSUBSCRIBE", "PSUBSCRIBE", "UNSUBSCRIBE", "HELLO", "MULTI", "AUTH", "WATCH", "SELECT")
    requests = [replace(on("b", *words), agree=same_but_full_stop) for words in REQUESTS if words[0] not in skipped]
    compare([*as_user(*USERS[user].split(" ")), *requests], oracles=NEWER)


def test_refusals_in_7_0(compare: Comparison) -> None:
    compare(
        [*as_user("+get", "~a"), error_kind(on("b", "GET", "b")), error_kind(on("b", "SET", "a", "b"))],
        oracles=("redis-7.0",),
    )


def test_first_words(compare: Comparison) -> None:
    compare(
        [
            *as_user("+select|1", "+config|get", "+object|freq", "~*"),
            on("b", "SELECT", 0),
            on("b", "SELECT", 1),
            on("b", "CONFIG", "GET", "nosuch"),
            on("b", "CONFIG", "SET", "timeout", 0),
            on("b", "CONFIG", "NOSUCH"),
            on("b", "OBJECT", "FREQ", "x"),
            on("b", "OBJECT", "ENCODING", "x"),
            on("b", "nosuch"),
        ],
        oracles=NEWER,
    )


def test_channels(compare: Comparison) -> None:
    compare(
        [
            *as_user("+@all", "&c*", "&d"),
            on("b", "PUBLISH", "c1", "x"),
            on("b", "PUBLISH", "e", "x"),
            on("b", "SPUBLISH", "c1", "x"),
            on("b", "SPUBLISH", "e", "x"),
            on("b", "SUBSCRIBE", "c1", "e"),
            on("b", "PSUBSCRIBE", "c1"),
            on("b", "SSUBSCRIBE", "e"),
            replies(2, on("b", "SUBSCRIBE", "c1", "d")),
            on("b", "PSUBSCRIBE", "c*"),
            on("b", "UNSUBSCRIBE", "e"),
        ],
        oracles=NEWER,
    )


@pytest.mark.parametrize(
    "change", ["resetchannels", "&e", "resetchannels &c*", "resetchannels &d", "reset", "allchannels"]
)
def test_subscribers_lose_channels(compare: Comparison, change: str) -> None:
    compare(
        [
            *as_user("+@all", "&c*", "&d"),
            on("b", "SUBSCRIBE", "c1"),
            on("b", "PSUBSCRIBE", "c*"),
            (*LIST_SETUSER, *change.split(" ")),
            closed("b") if change in ("resetchannels", "resetchannels &d", "reset") else ("PUBLISH", "x", "y"),
        ],
        oracles=NEWER,
    )


def test_deleted_users(compare: Comparison) -> None:
    compare(
        [
            *as_user("+@all", "~*"),
            on("b", "ACL", "WHOAMI"),
            ("ACL", "DELUSER", "u", "u", "nosuch"),
            closed("b"),
            ("AUTH", "u", "x"),
        ]
    )
    compare([*as_user("+@all", "~*"), on("b", "ACL", "DELUSER", "u"), closed("b")])


def test_changes_reach_connected_clients(compare: Comparison) -> None:
    compare(
        [
            *as_user("+@all", "~*"),
            on("b", "SET", "a", 1),
            (*LIST_SETUSER, "-set"),
            on("b", "SET", "a", 1),
            on("b", "GET", "a"),
            (*LIST_SETUSER, "resetkeys", "off"),
            on("b", "GET", "a"),
            on("b", "PING"),
            on("c", "AUTH", "u", "x"),
            (*LIST_SETUSER, "%R~a"),
            on("b", "GET", "a"),
            on("b", "ACL", "SETUSER", "u", "-@all"),
            on("b", "GET", "a"),
            on("b", "RESET"),
            on("b", "GET", "a"),
        ],
        oracles=NEWER,
    )


def test_pipelined(compare: Comparison) -> None:
    """The requests behind AUTH, HELLO and RESET are those of another user already."""
    from tests.differential.resp import encode
    from tests.differential.steps import raw

    payload = b"".join(
        encode(words)
        for words in [
            (b"SET", b"a", b"1"), (b"AUTH", b"u", b"x"), (b"SET", b"a", b"2"), (b"GET", b"a"), (b"RESET",),
            (b"SET", b"a", b"3"), (b"AUTH", b"u", b"x"), (b"SET", b"a", b"4"), (b"AUTH", b"default", b"x"),
            (b"SET", b"a", b"5"),
        ]
    )  # fmt: skip
    compare([step(*USER, "+get", "~*"), raw(payload, replies=10)], oracles=NEWER)


def test_transactions(compare: Comparison) -> None:
    compare(
        [
            *as_user("+@all", "~a*", "&c"),
            on("b", "MULTI"),
            on("b", "GET", "b"),
            on("b", "EXEC"),
            on("b", "MULTI"),
            on("b", "SET", "a", 1),
            on("b", "GET", "a"),
            on("b", "PUBLISH", "c", "x"),
            on("b", "PING"),
            (*LIST_SETUSER, "resetkeys", "-ping", "resetchannels"),
            on("b", "EXEC"),
            on("b", "MULTI"),
            (*LIST_SETUSER, "-exec"),
            on("b", "EXEC"),
            on("b", "DISCARD"),
        ],
        oracles=("redis-8.2",),
    )


def test_blocked_clients(compare: Comparison) -> None:
    compare(
        [
            *as_user("+@all", "~a*"),
            on("b", begin("BLPOP", "a", 0)),
            (*LIST_SETUSER, "resetkeys"),
            ("RPUSH", "a", 1),
            expect("b"),
            ("LRANGE", "a", 0, -1),
            (*LIST_SETUSER, "~q*"),
            on("b", begin("BLPOP", "q", 0)),
            (*LIST_SETUSER, "-blpop"),
            ("RPUSH", "q", 1),
            expect("b"),
        ],
        oracles=NEWER,
    )


@pytest.mark.parametrize("rule", ["~*", "%R~*", "%W~* %R~l", "~l", "~l (+sort ~*)", "~l (+sort +sort_ro %R~*)"])
def test_sort(compare: Comparison, rule: str) -> None:
    requests: list[tuple[Word, ...]] = [
        ("SORT", "l"),
        ("SORT", "l", "BY", "nosort"),
        ("SORT", "l", "BY", "w_*"),
        ("SORT", "l", "GET", "#"),
        ("SORT", "l", "GET", "w_*"),
        ("SORT", "l", "LIMIT", "x", "y", "GET", "a"),
        ("SORT_RO", "l", "BY", "w_*"),
    ]
    compare(
        [
            ("RPUSH", "l", 2, 1),
            *as_user("+@all", *rule.split(" ")),
            *(replace(on("b", *words), agree=same_but_full_stop) for words in requests),
        ],
        oracles=NEWER,
    )


def test_authentication(compare: Comparison) -> None:
    compare(
        [
            (*LIST_SETUSER, "on", ">one", ">two", "+@all"),
            on("b", "AUTH", "u", "one"),
            on("b", "AUTH", "u", "two"),
            on("b", "AUTH", "u", "three"),
            on("b", "AUTH", "nosuch", "one"),
            on("b", "ACL", "WHOAMI"),
            (*LIST_SETUSER, "<one"),
            on("b", "AUTH", "u", "one"),
            (*LIST_SETUSER, "off"),
            on("b", "AUTH", "u", "two"),
            on("b", "ACL", "WHOAMI"),
            (*LIST_SETUSER, "on", "nopass"),
            on("c", "AUTH", "u", ""),
            on("c", "AUTH", "default", "anything"),
            on("c", "ACL", "WHOAMI"),
            on("c", "AUTH", "anything"),
            on("d", "HELLO", 9, "AUTH", "u", "x"),
        ]
    )
    compare(
        [
            step(*USER, "+@all"),
            ("HELLO", 2, "AUTH", "u", "x", "SETNAME", "n", "bad"),
            ("ACL", "WHOAMI"),
        ],
        differs={"redis-7.0": "it logs the client in before it has read the rest"},
    )


def test_default_user(compare: Comparison) -> None:
    """The password of the default user and `requirepass`."""
    compare(
        [
            on("b", "PING"),
            on("c", "PING"),
            on("d", "PING"),
            ("CONFIG", "SET", "requirepass", "secret"),
            shown("ACL", "LIST"),
            on("b", "PING"),
            on("b", "RESET"),
            on("c", "RESET"),
            on("d", "RESET"),
            on("b", "GET", "a"),
            on("b", "AUTH", "default", "secret"),
            on("b", "PING"),
            ("ACL", "SETUSER", "default", ">other"),
            ("CONFIG", "GET", "requirepass"),
            on("c", "GET", "a"),
            on("c", "AUTH", "other"),
            on("c", "PING"),
            on("d", "GET", "a"),
            ("ACL", "SETUSER", "default", "nopass"),
            on("d", "PING"),
            ("CONFIG", "GET", "requirepass"),
            on("e", "PING"),
            ("CONFIG", "SET", "requirepass", ""),
            shown("ACL", "LIST"),
        ]
    )


def test_clients_of_a_user(compare: Comparison) -> None:
    compare(
        [
            *as_user("+@all"),
            ("CLIENT", "KILL", "USER", "nosuch"),
            ("CLIENT", "LIST", "USER", "nosuch"),
            ("CLIENT", "KILL", "USER", "u"),
            closed("b"),
            ("ACL", "DELUSER", "u"),
            ("CLIENT", "KILL", "USER", "u"),
        ],
        oracles=("valkey-9.1",),
    )


#: The fields of ACL LOG that are the same everywhere.
LOGGED = [b"count", b"reason", b"context", b"object", b"username"]


def logged(*words: Word | Step) -> Step:
    """Compare all of ACL LOG but times, and numbers that go on after RESET."""
    return replace(step(*words), agree=same_log)


def same_log(ours: bytes, theirs: bytes) -> bool:
    return [_record_fields(tree) for tree in parse_all(ours)] == [_record_fields(tree) for tree in parse_all(theirs)]


def _record_fields(tree: Tree) -> Tree | list[dict[bytes, object]]:
    _, content = tree
    if not isinstance(content, list):
        return tree
    records = []
    for kind, words in content:
        assert isinstance(words, list)
        by_name = {name: value for (_, name), value in zip(words[::2], words[1::2], strict=True)}
        common: dict[bytes, object] = {name: by_name[name] for name in LOGGED}
        info = by_name[b"client-info"][1]
        assert isinstance(info, bytes)
        user = [field for field in info.split(b" ") if field.startswith((b"user=", b"cmd=", b"name="))]
        records.append(common | {b"kind": kind, b"names": list(by_name), b"info": user})
    return records


def test_log_of_a_script(compare: Comparison) -> None:
    compare(
        [
            *as_user("+@all", "-flushall", "~a*"),
            on("b", "EVAL", "return redis.call('GET', 'x')", 0),
            on("b", "EVAL", "return redis.pcall('FLUSHALL')", 0),
            on("b", "EVAL", "return redis.call('GET', 'a')", 0),
            logged("ACL", "LOG"),
        ],
        oracles=("redis-8.2",),
    )


def test_log(compare: Comparison) -> None:
    compare(
        [
            *as_user("+@all", "-@dangerous", "~a*", "&c"),
            on("b", "GET", "x"),
            on("b", "GET", "x"),
            on("b", "SET", "x", 1),
            on("b", "FLUSHALL"),
            on("b", "CONFIG", "GET", "x"),
            on("b", "PUBLISH", "d", "x"),
            on("b", "MGET", "a", "y", "z"),
            on("b", "AUTH", "u2", "wrong"),
            on("b", "HELLO", 2, "AUTH", "u2", "wrong"),
            logged("ACL", "LOG"),
            on("b", "GET", "x"),
            logged("ACL", "LOG", 2),
            logged("ACL", "LOG", 0),
            on("b", "MULTI"),
            on("b", "GET", "x"),
            on("b", "DISCARD"),
            on("b", "MULTI"),
            on("b", "GET", "a1"),
            (*LIST_SETUSER, "resetkeys"),
            on("b", "EXEC"),
            logged("ACL", "LOG"),
            ("CONFIG", "SET", "acllog-max-len", 2),
            logged("ACL", "LOG"),
            on("b", "KEYS", "*"),
            logged("ACL", "LOG"),
            ("CONFIG", "SET", "acllog-max-len", 0),
            on("b", "KEYS", "*"),
            logged("ACL", "LOG"),
            ("ACL", "LOG", "RESET"),
            logged("ACL", "LOG"),
        ],
        oracles=NEWER,
    )


def test_pubsub_default(compare: Comparison) -> None:
    compare(
        [
            ("CONFIG", "SET", "acl-pubsub-default", "nosuch"),
            ("CONFIG", "SET", "acl-pubsub-default", "allchannels"),
            (*LIST_SETUSER, "(+get ~a)"),
            shown("ACL", "LIST"),
            (*LIST_SETUSER, "resetchannels"),
            (*LIST_SETUSER, "reset"),
            shown("ACL", "LIST"),
            fields("CONFIG", "GET", "acl*"),
        ],
        oracles=("redis-8.2",),
    )
    compare([("CONFIG", "SET", "aclfile", "x"), unordered("CONFIG", "GET", "acllog-max-len", "acl-pubsub-default")])


def test_users_in_their_order(compare: Comparison) -> None:
    compare([("ACL", "SETUSER", name) for name in ("z", "a", "Default", "default1", b"\xff")] + [("ACL", "USERS")])


def test_sanitize_payload(compare: Comparison) -> None:
    """Only Redis 8 shows it."""
    compare(
        [
            (*LIST_SETUSER, "skip-sanitize-payload"),
            ("ACL", "LIST"),
            ("ACL", "GETUSER", "u"),
            (*LIST_SETUSER, "on", "sanitize-payload", ">x", "<x"),
            ("ACL", "LIST"),
            ("ACL", "GETUSER", "u"),
        ],
        oracles=("redis-8.2",),
    )
