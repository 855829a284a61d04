"""Any sequence of requests that the command table allows, and many that it does not."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings

from stubredis.command import MODULE, REGISTRY
from tests.differential import agreement
from tests.differential.agreement import Agreement
from tests.differential.comparison import Comparison, play
from tests.differential.generated import generated
from tests.differential.grammar import GROUPS, KEYS, START, Grammar, data_commands, in_transaction, known_to, may_block
from tests.differential.sides import Oracle, Ours
from tests.differential.steps import Step, near, step

#: More of them by hand: EXAMPLES=5000 pytest tests/differential/test_any_command.py
EXAMPLES = int(os.environ.get("EXAMPLES", "150"))

EXCLUDED = {
    "migrate": "needs another server",
    "wait waitaof": "are about replicas",
    "spop": "takes a random member, and what comes next would differ",
    "pfselftest": "takes long",
    "object|help xgroup|help xinfo|help": "texts of our own",
}
NAMES_EXCLUDED = {name for names in EXCLUDED for name in names.split()}


def has(*wanted: bytes) -> Callable[[list[bytes]], bool]:
    return lambda words: set(wanted) <= {word.upper() for word in words}


def soon(words: list[bytes]) -> bool:
    """Tell whether it may depend on what passes within a second."""
    name, *more = [word.upper() for word in words]
    places = [at + 1 for at, word in enumerate(more[:-1]) if word in (b"PX", b"EX", b"IDLE")]
    if name in (b"PEXPIRE", b"PSETEX", b"HPEXPIRE", b"RESTORE"):
        places.append(1)
    if name in (b"XCLAIM", b"XAUTOCLAIM"):
        places.append(3)
    return any(more[place].isdigit() and 0 < int(more[place]) < 1000 for place in places if place < len(more))


def always(words: list[bytes]) -> bool:
    return True


def far_index(words: list[bytes]) -> bool:
    return len(words[2:3]) == 1 and len(words[2]) > 9


#: What cannot agree: the commands, a condition for the words of the request, the reason.
NOT_COMPARED: list[tuple[str, Callable[[list[bytes]], bool], str]] = [
    ("pexpire psetex hpexpire restore set getex hsetex hgetex msetex", soon, "the key may expire in between"),
    ("xclaim xautoclaim xpending", soon, "entries may have been idle for so long"),
    ("xadd", has(b"*"), "the time is in the id"),
    ("sort sort_ro", has(b"BY", b"ALPHA"), "equal elements of a hash table come in any order"),
    ("expire pexpire hexpire hpexpire", lambda words: has(b"GT")(words) or has(b"LT")(words), "time passes"),
    (
        "xadd xtrim",
        lambda words: has(b"~")(words) and (has(b"DELREF")(words) or has(b"ACKED")(words)),
        "a later Redis is followed",
    ),
    (
        "zrange zrangestore zrangebylex zrevrangebylex",
        has(b"LIMIT"),
        "with members of different scores, an offset leads behind the end",
    ),
    ("bitcount", lambda words: len(words) == 3, "Redis 8.2 has an error; Valkey is followed"),
    ("lset", far_index, "real servers cut the index to 32 bits"),
]


REDIS_IS_FOLLOWED: list[tuple[str, Callable[[list[bytes]], bool], str]] = [
    (
        "hexpire hpexpire hexpireat hpexpireat httl hpttl hexpiretime hpexpiretime hpersist hgetex hgetdel hsetex",
        always,
        "errors, the order of checks, the latest deadline",
    ),
    ("geopos", always, "digits of positions"),
    ("georadius georadius_ro geosearch", has(b"WITHCOORD"), "digits of positions"),
    ("georadiusbymember georadiusbymember_ro", always, "the error names the member"),
    ("geosearch geosearchstore", lambda words: not has(b"FROMLONLAT")(words), "the error names the member"),
    (
        "geosearch geosearchstore",
        lambda words: not has(b"BYRADIUS")(words) and not has(b"BYBOX")(words),
        "the error has BYPOLYGON",
    ),
    ("xread", always, "the error has no plus, which finds nothing once the last entry is gone"),
    ("getex", always, "looks at the time first"),
    ("scan", has(b"TYPE"), "types that there are not"),
    ("xgroup", has(b"ENTRIESREAD"), "more than there were"),
    ("object", always, "encodings of strings and of hashes with volatile fields"),
    (
        "zadd zincrby zunion zunionstore zinter zinterstore geoadd georadius georadius_ro geosearch geosearchstore",
        has(b"0X10"),
        "hexadecimals",
    ),
]
"""The rows of docs/compatibility.md in which Valkey answers otherwise."""


def can_agree(oracle: str, words: list[bytes]) -> bool:
    """Tell whether a request is one that is to be answered as the oracle answers it."""
    name = words[0].decode().lower()
    rows = NOT_COMPARED + (REDIS_IS_FOLLOWED if oracle.startswith("valkey") else [])
    return not any(name in names.split() and condition(words) for names, condition, _ in rows)


def both_are_lists(ours: bytes, theirs: bytes) -> bool:
    return ours[:1] == theirs[:1] == b"*"


def same_when_complete(ours: bytes, theirs: bytes) -> bool:
    """Compare the elements of a scan that is over, in any order; another one has cursors of each server's own."""
    over = b"*2\r\n$1\r\n0\r\n"
    if ours.startswith(over) and theirs.startswith(over):
        return agreement.same_elements(ours, theirs)
    return both_are_lists(ours, theirs)


def same_unless_refused(ours: bytes, theirs: bytes) -> bool:
    """Let a server refuse to sort: Valkey refuses empty strings, Redis 8.2 anything once a number was out of range."""
    return theirs in (ours, b"-ERR One or more scores can't be converted into double\r\n")


AGREEMENTS: dict[Agreement, str] = {
    same_unless_refused: "sort sort_ro",
    # cursors are each server's own
    both_are_lists: "scan",
    same_when_complete: "sscan hscan zscan",
    # random, or the bytes of another version
    agreement.same_shape: "randomkey srandmember hrandfield zrandmember dump",
    # the order of hash tables
    agreement.same_elements: "keys smembers sinter sunion sdiff hkeys hvals",
    agreement.same_fields: "hgetall",
    # time passes
    agreement.within(10_000): """ttl pttl expiretime pexpiretime httl hpttl hexpiretime hpexpiretime xpending
        xinfo|stream xinfo|consumers object|idletime""",
}
AGREEMENT_OF = {name: agree for agree, names in AGREEMENTS.items() for name in names.split()}


def compared(words: list[bytes]) -> Step:
    """Return the step of a request."""
    sent = step(*words)
    if may_block(words):
        return replace(sent, payload=in_transaction(words), replies=3)
    name = words[0].decode().lower()
    if REGISTRY[name].subcommands and len(words) > 1:
        name += "|" + words[1].decode(errors="replace").lower()
    return replace(sent, agree=AGREEMENT_OF.get(name, sent.agree))


#: Redis keeps the sum of INCRBYFLOAT as a text.
same_but_for_int = agreement.same_but_for(b"int|embstr")


def ending(oracle: str) -> list[Step]:
    """Return what else is compared at the end of each case: the keyspace has been."""
    steps = [
        *[near(10_000, "XINFO", "STREAM", key, "FULL") for key in ("stream", "events")],
        *[near(10_000, "HPTTL", key, "FIELDS", 4, "a", "b", "c", "") for key in ("hash", "fields")],
    ]
    if oracle.startswith("redis"):
        steps += [replace(step("OBJECT", "ENCODING", key), agree=same_but_for_int) for key in KEYS]
    return steps


@pytest.mark.parametrize("name", ["redis-8.2", "valkey-9.1"])
def test_any_requests(compare: Comparison, oracles: dict[str, Oracle], name: str) -> None:
    if name not in oracles:
        return
    commands = [command for command in data_commands() if command.name not in NAMES_EXCLUDED]
    grammar = known_to(oracles[name], commands)

    @settings(generated, max_examples=EXAMPLES)
    @given(grammar.requests())
    def compare_case(requests: list[list[bytes]]) -> None:
        chosen = [compared(words) for words in requests if can_agree(name, words)]
        compare([*START, *chosen, *ending(name)], oracles=(name,))

    compare_case()


TYPES = (b"text", b"list", b"set", b"zset", b"hash", b"stream", b"missing")


@pytest.mark.parametrize("group", GROUPS)
@pytest.mark.parametrize("name", ["redis-8.2", "valkey-9.1"])
def test_keys_of_every_type(compare: Comparison, oracles: dict[str, Oracle], name: str, group: str) -> None:
    if name not in oracles:
        return
    commands = [command for command in data_commands() if command.group == group and command.name not in NAMES_EXCLUDED]
    grammar = known_to(oracles[name], commands)
    for command in grammar.commands:
        plainest = grammar.request_of(command, lambda options: options[0])
        requests = [
            [*plainest[:place], key, *plainest[place + 1 :]]
            for place in command.usage.positions(plainest)
            for key in TYPES
        ]
        chosen = [compared(words) for words in requests if can_agree(name, words)]
        compare([*START, *chosen], oracles=(name,))


@pytest.mark.parametrize("name", ["redis-8.2", "valkey-9.1"])
def test_too_few_and_too_many_words(compare: Comparison, oracles: dict[str, Oracle], name: str) -> None:
    if name not in oracles:
        return
    steps = []
    # Commands of modules count their words themselves, and name themselves in capitals: docs/compatibility.md.
    own = [command for command in REGISTRY.values() if command.maximum and not command.flags & MODULE]
    if name == "valkey-9.1":  # where an engine may be named before the mode, and NO ONE for a node
        own = [command for command in own if command.name not in ("script|debug", "cluster|replicate")]
    for command in known_to(oracles[name], own).commands:
        words = command.name.upper().split("|")
        lengths = {*range(len(words), command.minimum), command.maximum + 1 if command.arity > 0 else 0}
        steps += [step(*words, *["1"] * (length - len(words))) for length in sorted(lengths) if length]
    compare(steps, oracles=(name,))


@generated
@given(requests=Grammar(data_commands()).requests())
def test_nothing_fails(protocol: int, requests: list[list[bytes]]) -> None:
    steps = [*(step(*words) for words in START), *map(compared, requests)]
    replies = play(Ours(), steps, protocol).replies
    assert not any(b"ERR internal error" in reply for reply in replies)
