"""COMMAND, and by it the whole command table: what follows from each declaration is what the real server says."""

from __future__ import annotations

from typing import Any

import pytest

from stubredis.command import REGISTRY, Command
from stubredis.docs import command_docs, command_info
from stubredis.protocol.encoder import RESP2
from tests.differential.comparison import Comparison
from tests.differential.resp import Tree, encode, parse
from tests.differential.sides import Oracle
from tests.differential.steps import Word, unordered
from tests.programs import leave_out, programs
from tests.test_commands import NOT_COMPARED

DECLARED = list(REGISTRY.values())


@pytest.mark.parametrize(
    "words",
    [
        (
            "COMMAND",
            "NOSUCH",
        ),
        ("COMMAND", "COUNT", "x"),
        ("COMMAND", "INFO", "nosuch"),
        ("COMMAND", "INFO", "nosuch", ""),
        ("COMMAND", "INFO", "get|x"),
        ("COMMAND", "INFO", "client|"),
        ("COMMAND", "INFO", "client|nosuch"),
        ("COMMAND", "DOCS", "nosuch"),
        ("COMMAND", "DOCS", "client|nosuch", ""),
        ("COMMAND", "LIST", "x"),
        ("COMMAND", "LIST", "FILTERBY"),
        ("COMMAND", "LIST", "FILTERBY", "PATTERN"),
        ("COMMAND", "LIST", "FILTERBY", "FOO", "x"),
        ("COMMAND", "LIST", "FILTERBY", "MODULE", "nosuch"),
        ("COMMAND", "LIST", "FILTERBY", "ACLCAT", "nosuch"),
        ("COMMAND", "LIST", "filterby", "aclcat", "@read"),
        ("COMMAND", "LIST", "FILTERBY", "PATTERN", "nosuch*"),
        ("COMMAND", "LIST", "FILTERBY", "PATTERN", "a", "b"),
        ("COMMAND", "LIST", "FILTERBY", "PATTERN", "MUL[t]i"),
        ("COMMAND", "LIST", "FILTERBY", "PATTERN", "CLIENT|un*"),
        ("COMMAND", "list", "a", "b", "c", "d", "e"),
        ("COMMAND", "LIST", "FILTERBY", "ACLCAT", "TRANSACTION"),
        ("COMMAND", "HELP", "x"),
    ],
)
def test_one_request(compare: Comparison, words: tuple[Word, ...]) -> None:
    compare([unordered(*words)])


REQUESTS: list[tuple[Word, ...]] = [
    ("nosuch", "a"),
    ("GET", "a"),
    ("get", "a", "b"),
    ("config|get", "a"),
    ("CONFIG", "GET", "a"),
    ("client", "nosuch"),
    ("PING", "a"),
    ("SPUBLISH", "a", "b"),
    ("MSET", "a", 1, "b", 2),
    ("MSET", "a", 1, "b"),
    ("SET", "a", "b"),
    ("SET", "a", "b", "NX", "get"),
    ("SET", "a", "b", "EX", 10),
    ("SET", "a", "get"),
    ("GETEX", "a", "EX", 10, "x", "y", "z"),
    ("LPOP", "a", 1, 2, 3),
    ("BLPOP", "a"),
    ("BLPOP", "a", "b", 0),
    ("BLMOVE", "a", "b", "LEFT", "LEFT", 0),
    ("RENAME", "a", "b"),
    ("COPY", "a", "b"),
    ("LMPOP", 2, "a", "b", "LEFT"),
    ("LMPOP", 3, "a", "b", "LEFT"),
    ("LMPOP", 9, "a", "b", "LEFT"),
    ("LMPOP", 0, "a", "LEFT"),
    ("LMPOP", -1, "a", "LEFT"),
    ("LMPOP", "x", "a", "LEFT"),
    ("BLMPOP", 0, 2, "a", "b", "LEFT"),
    ("BITOP", "AND", "d", "a", "b"),
    ("BITOP", "AND", "d"),
    ("BITFIELD", "a"),
    ("BITFIELD", "a", "GET", "u8", 0, "get", "SET", "x"),
    ("BITFIELD", "a", "OVERFLOW", "SAT", "GET", "u8", 0),
    ("BITFIELD", "a", "GET", "u8", 0, "incrby", "u8", 0, 1),
    ("BITFIELD", "a", "GET", "u8"),
    ("BITFIELD", "a", "FOO"),
    ("BITFIELD_RO", "a", "GET", "u8", 0),
    ("PFADD", "a", "b"),
    ("PFCOUNT", "a", "b"),
    ("PFMERGE", "d", "a", "b"),
    ("PFDEBUG", "GETREG", "a"),
    ("GEORADIUS", "a", 1, 1, 1, "m"),
    ("GEORADIUS", "a", 1, 1, 1, "m", "STORE", "b"),
    ("GEORADIUS", "a", 1, 1, 1, "m", "WITHDIST", "storedist", "b"),
    ("GEORADIUSBYMEMBER", "STORE", "STORE", 1, "m", "STORE", "b"),
    ("GEORADIUSBYMEMBER", "a", "STORE", 1, "m", "STORE"),
    ("GEOSEARCH", "a", "FROMMEMBER", "m", "BYRADIUS", 1, "m"),
    ("GEOSEARCHSTORE", "b", "a", "FROMMEMBER", "m", "BYRADIUS", 1, "m"),
    ("WATCH", "a", "b"),
    ("TOUCH", b"\x00\r\n", ""),
]


@pytest.mark.parametrize("request_words", REQUESTS, ids=lambda words: " ".join(map(str, words)))
def test_keys_of_a_request(compare: Comparison, request_words: tuple[Word, ...]) -> None:
    flags = ("COMMAND", "GETKEYSANDFLAGS", *request_words)
    compare([("COMMAND", "GETKEYS", *request_words), unordered(*flags)])


def test_keys_of_which_the_last_counts(compare: Comparison) -> None:
    words = ("GEORADIUS", "a", 1, 1, 1, "m", "STORE", "b", "STOREDIST", "c")
    compare([("COMMAND", "GETKEYS", *words)], differs=dict.fromkeys(("redis-7.0", "redis-8.2"), "it lists both"))


def test_keys_of_no_request(compare: Comparison) -> None:
    compare([("COMMAND", "GETKEYS"), ("COMMAND", "GETKEYSANDFLAGS")])
    compare(
        [("COMMAND", "GETKEYS", "GET"), ("COMMAND", "GETKEYS", "PING")],
        differs={"redis-7.0": "it wants at least one word behind the name"},
    )


def test_shapes(compare: Comparison) -> None:
    """The replies are built of the same types: where RESP3 has maps and sets, so have we."""
    compare([unordered("COMMAND", "INFO", "append", "CLIENT|ID", "config|get", "nosuch")], oracles=("valkey-9.1",))


Description = dict[str, Any]


@pytest.fixture(scope="module")
def newest(request: pytest.FixtureRequest, valkey_oracle: Oracle) -> list[Oracle]:
    """The servers that know most commands. What both know is described by the first, or by the second as ours is."""
    redis = programs()["redis-server 8.2"]
    if redis.path or redis.required:
        return [valkey_oracle, request.getfixturevalue("redis_8_2_oracle")]
    leave_out(request.config, redis)
    return [valkey_oracle]


@pytest.fixture(scope="module")
def their_info(newest: list[Oracle]) -> dict[str, list[Description]]:
    """What each server says of the commands that it knows."""
    described: dict[str, list[Description]] = {command.name: [] for command in DECLARED}
    for oracle in newest:
        for name, info in described.items():
            (words,) = plain(parse(oracle.ask([(b"COMMAND", b"INFO", name.encode())])[0])[0])
            info += [description(words)] if words else []
    return described


@pytest.fixture(scope="module")
def their_docs(newest: list[Oracle]) -> dict[str, list[dict[str, Any]]]:
    described: dict[str, list[dict[str, Any]]] = {command.name: [] for command in DECLARED}
    for oracle in newest:
        for name, docs in described.items():
            reply = oracle.ask([(b"COMMAND", b"DOCS", name.encode())])[0]
            docs += map(as_map, as_map(plain(parse(reply)[0])).values())
    return described


def encoded(reply: Any) -> Any:
    """Return a reply as a client of RESP2 reads it."""
    out: list[bytes] = []
    RESP2[type(reply)](out, reply)
    return plain(parse(b"".join(out))[0])


def plain(tree: Tree) -> Any:
    kind, content = tree
    if isinstance(content, list):
        return [plain(child) for child in content]
    if content is None:
        return None
    return int(content) if kind == b":" else content.decode()


def as_map(flat: list[Any]) -> dict[str, Any]:
    return dict(zip(flat[::2], flat[1::2], strict=True))


def description(info: list[Any]) -> Description:
    """Name the elements of COMMAND INFO and disregard the order within them."""
    name, arity, flags, first, last, step, categories, _tips, specs, subcommands = info
    return {
        "name": name,
        "arity": arity,
        "flags": set(flags) - {"skip_commandlog"},
        "keys": (first, last, step),
        "categories": set(categories),
        "key specs": [(set(spec["flags"]), spec["begin_search"], spec["find_keys"]) for spec in map(as_map, specs)],
        "has subcommands": bool(subcommands),
    }


@pytest.mark.parametrize("command", DECLARED, ids=lambda command: command.name)
def test_info(their_info: dict[str, list[Description]], command: Command) -> None:
    """Arity, flags, categories and all about the keys are the same."""
    theirs = their_info[command.name]
    if command.name in NOT_COMPARED["commands"]:
        assert not theirs, "a real server knows it now: compare it"
        return
    ours = description(encoded(command_info(command)))
    if "module" in ours["flags"]:
        ours, *theirs = [without_module_names(info) for info in (ours, *theirs)]
    assert ours == theirs[0] or ours in theirs


def without_module_names(info: Description) -> Description:
    """Leave out what Redis 8.2 shows for commands of its modules: names in capitals, and any number of words."""
    return {key: value for key, value in info.items() if key not in ("name", "arity")}


#: Where the names of arguments cannot be derived from the usage line, which calls both by one word.
OTHER_ARGUMENTS = {
    "debug": "its subcommands are described as words",
    "failover": "the word TO in the block that it begins",
    "shutdown": "the two ways side by side, and not the one in the other",
    "blmove": "where for wherefrom and whereto",
    "cluster|slot-stats": "the word ORDERBY in the block that it begins",
    "client|kill": "ip:port for old-format",
    "client|reply": "enabled for action",
    "client|tracking": "enabled for status",
    "hsetex": "the conditions of Redis and of Valkey together",
    "geosearch": "names for the three shapes, FROM is optional",
    "geosearchstore": "the same",
    "lmove": "where for wherefrom and whereto",
    "set": "the conditions of Redis and of Valkey together",
    "xadd": "IDMP and IDMPAUTO, which neither has",
    "xreadgroup": "CLAIM, which neither has",
    "vadd": "Redis 8.2 does not describe the arguments of modules",
    **dict.fromkeys(
        [
            "vcard",
            "vdim",
            "vemb",
            "vgetattr",
            "vinfo",
            "vismember",
            "vlinks",
            "vrandmember",
            "vrem",
            "vsetattr",
            "vsim",
        ],
        "the same",
    ),
    "xtrim": "the words side by side for a block of them",
}


@pytest.mark.parametrize("command", DECLARED, ids=lambda command: command.name)
def test_docs(their_docs: dict[str, list[dict[str, Any]]], command: Command) -> None:
    """The group and the tree of arguments are the same. Texts are our own words, versions are Redis' own."""
    if command.name in NOT_COMPARED["commands"]:
        return
    theirs = [(docs["group"], arguments(docs.get("arguments", []))) for docs in their_docs[command.name]]
    docs = as_map(encoded(command_docs(command)))
    ours = docs["group"], arguments(docs.get("arguments", []))
    assert ours[0] == theirs[0][0]
    assert (ours in theirs) == (command.name not in OTHER_ARGUMENTS), theirs


@pytest.mark.parametrize(("name", "options"), NOT_COMPARED["options"].items())
def test_options_that_are_not_compared(
    their_docs: dict[str, list[dict[str, Any]]], name: str, options: list[str]
) -> None:
    for docs in their_docs[name]:
        assert tokens(docs.get("arguments", [])).isdisjoint(options), "a real server knows it now: compare it"


def tokens(described: list[Any]) -> set[str]:
    """All tokens of a tree of arguments."""
    found = set()
    for argument in map(as_map, described):
        found |= {argument.get("token", "")} | tokens(argument.get("arguments", []))
    return found


def arguments(described: list[Any]) -> list[Any]:
    trees = []
    for argument in map(as_map, described):
        tree = {key: value for key, value in argument.items() if key not in ("since", "deprecated_since", "summary")}
        tree["flags"] = set(argument.get("flags", ()))
        tree["arguments"] = arguments(argument.get("arguments", []))
        trees.append(tree)
    return trees


def test_every_form_lists_the_same_commands(compare: Comparison) -> None:
    """COMMAND, COMMAND INFO, COMMAND DOCS and COMMAND COUNT agree with COMMAND LIST."""
    import stubredis

    session = stubredis.Server().connect()

    def ask(*words: bytes) -> Any:
        session.receive(encode(words))
        return plain(parse(session.take_output())[0])

    names = ask(b"COMMAND", b"LIST")
    assert names == [command.name for command in DECLARED if "|" not in command.name]
    assert ask(b"COMMAND", b"COUNT") == len(names)
    assert [info[0] for info in ask(b"COMMAND")] == names
    assert [info[0] for info in ask(b"COMMAND", b"INFO")] == names
    assert ask(b"COMMAND", b"DOCS")[::2] == names
    assert ask(b"COMMAND", b"INFO", b"CLIENT|LIST")[0][0] == "client|list"
