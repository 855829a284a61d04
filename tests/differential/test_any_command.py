"""Any sequence of requests that the command table allows, and many that it does not."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings

from stubredis.command import REGISTRY, Command
from tests.differential import agreement
from tests.differential.agreement import Agreement
from tests.differential.comparison import Comparison
from tests.differential.generated import generated
from tests.differential.grammar import GROUPS, KEYS, START, Words, in_transaction, known_to, may_block
from tests.differential.sides import Oracle
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
    """Tell whether a deadline is in the next second."""
    name, *more = [word.upper() for word in words]
    places = [at + 1 for at, word in enumerate(more[:-1]) if word in (b"PX", b"EX")]
    if name in (b"PEXPIRE", b"PSETEX", b"HPEXPIRE", b"RESTORE"):
        places.append(1)
    return any(more[place].isdigit() and 0 < int(more[place]) < 1000 for place in places if place < len(more))


def far_index(words: list[bytes]) -> bool:
    return len(words[2:3]) == 1 and len(words[2]) > 9


#: What cannot agree: the commands, a condition for the words of the request, the reason.
NOT_COMPARED: list[tuple[str, Callable[[list[bytes]], bool], str]] = [
    ("pexpire psetex hpexpire restore set getex hsetex hgetex msetex", soon, "the key may expire in between"),
    ("xadd", has(b"*"), "the time is in the id"),
    ("sort sort_ro", has(b"BY", b"ALPHA"), "equal elements of a hash table come in any order"),
    ("expire pexpire hexpire hpexpire", lambda words: has(b"GT")(words) or has(b"LT")(words), "time passes"),
    ("xadd xtrim", lambda words: has(b"~")(words) and (has(b"DELREF")(words) or has(b"ACKED")(words)), "a later Redis is followed"),
    ("bitcount", lambda words: len(words) == 3, "Valkey is followed"),
    ("lset", far_index, "real servers cut the index to 32 bits"),
]


def can_agree(oracle: str, words: list[bytes]) -> bool:
    """Tell whether a request is one that is to be answered as the oracle answers it."""
    name = words[0].decode().lower()
    return not any(name in names.split() and condition(words) for names, condition, _ in NOT_COMPARED)


def both_are_lists(ours: bytes, theirs: bytes) -> bool:
    return ours[:1] == theirs[:1] == b"*"


AGREEMENTS: dict[Agreement, str] = {
    # cursors are each server's own
    both_are_lists: "scan",
    # random, or the bytes of another version
    agreement.same_shape: "randomkey srandmember hrandfield zrandmember dump",
    # the order of hash tables
    agreement.same_elements: "keys smembers sinter sunion sdiff sscan hkeys hvals hscan zscan",
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


#: What else is compared at the end of each case: the keyspace has been.
ENDING = [
    *[step("OBJECT", "ENCODING", key) for key in KEYS],
    *[near(10_000, "XINFO", "STREAM", key, "FULL") for key in ("stream", "events")],
    *[near(10_000, "HPEXPIRETIME", key, "FIELDS", 4, "a", "b", "c", "") for key in ("hash", "fields")],
]
