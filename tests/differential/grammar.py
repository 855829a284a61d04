"""Requests made up by Hypothesis from the usage lines of the command table.

Most are what the line allows: words that fit, few options, counts that are right. Some have an odd number or a key of
another type, and some are damaged: a word is missing, doubled, cut short, at another place.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Protocol, TypeAlias, TypeVar

from hypothesis import strategies as st

from stubredis.command import BLOCKING, REGISTRY, Command
from stubredis.usage import Argument
from tests.differential.resp import Tree, encode, parse
from tests.differential.sides import Oracle
from tests.differential.steps import Word
from tests.payloads import LIST, STRING

Words: TypeAlias = tuple[Word, ...]
#: Lists of words, each as often as it is to be chosen from.
Pool: TypeAlias = Sequence[Sequence[bytes]]


class Choose(Protocol):
    """What a request is made with: one of several things, drawn by Hypothesis or by `random.choice`.

    The first of them makes the plainest request: that is what Hypothesis shrinks to.
    """

    def __call__(self, options: Sequence[T], /) -> T: ...


T = TypeVar("T")

GROUPS = ("string", "generic", "list", "set", "sorted-set", "hash", "stream", "bitmap", "hyperloglog", "geo")

#: What each case starts from: keys of all types, named by what they hold.
START: list[Words] = [
    ("SET", "int", 10),
    ("SET", "text", "hello world"),
    ("SET", "volatile", "v", "EX", 500_000),
    ("PFADD", "hll", "a", "b", "c"),
    ("SETBIT", "bits", 100, 1),
    ("RPUSH", "list", "a", "b", "c", "1", "b"),
    ("RPUSH", "numbers", 3, 1, 2),
    ("SADD", "ints", 1, 2, 3, 10),
    ("SADD", "set", "a", "b", "", 1),
    ("ZADD", "zset", 1, "a", 2, "b", 2, "c", 10, "1"),
    ("ZADD", "level", 0, "a", 0, "b", 0, "c"),
    ("GEOADD", "geo", 13.361389, 38.115556, "a", 15.087269, 37.502669, "b"),
    ("HSET", "hash", "a", "v", "b", 1, "c", "2.5", "", ""),
    ("HSET", "fields", "a", "v", "b", 1),
    ("HEXPIRE", "fields", 500_000, "FIELDS", 1, "a"),
    ("XADD", "stream", "1-1", "a", 1),
    ("XADD", "stream", "2-1", "a", 1, "b", 2),
    ("XADD", "stream", "3-0", "c", 3),
    ("XGROUP", "CREATE", "stream", "g", 0),
    ("XREADGROUP", "GROUP", "g", "c1", "COUNT", 2, "STREAMS", "stream", ">"),
    ("XADD", "events", "5-1", "a", 1),
    ("XGROUP", "CREATE", "events", "g", "$"),
    ("SET", "w_a", 3),
    ("SET", "w_b", 1),
]
KEYS_OF = {
    "string": "int text volatile",
    "list": "list numbers",
    "set": "ints set",
    "sorted-set": "zset level geo set",
    "hash": "hash fields",
    "stream": "stream events",
    "bitmap": "bits text",
    "hyperloglog": "hll",
    "geo": "geo",
    "generic": "list ints zset numbers volatile",
}
KEYS = [*sorted({key for keys in KEYS_OF.values() for key in keys.split()}), "missing", b"\x00\xff", ""]


def _words(text: str, *more: Word) -> list[bytes]:
    return [word if isinstance(word, bytes) else str(word).encode() for word in (*text.split(), *more)]


def _several(*choices: tuple[int, list[bytes]]) -> Pool:
    """Return a pool of lists, each with its weight."""
    return [words for weight, words in choices for _ in range(weight)]


_LIMITS = _words("-9223372036854775808 9223372036854775807 9223372036854775808 18446744073709551616")
_NO_INTEGERS = _words("1.5 x +1 01 -0 inf nan 1e400", "", " 1", "1 ")
_FAR = _words("2147483648 -2147483649 4294967296 100")
_SMALL = _words("0 1 2 3 -1 -2")
_TEXTS = _words("a b c 1 10 v 2.5 hello 3 -1", "", b"\x00\xff", b"\r\n", b"x" * 65)

TEXTS = _several((5, _words("a b c 1")), (2, _TEXTS), (1, _LIMITS + _NO_INTEGERS))
INTEGERS = _several((6, _SMALL), (2, _FAR + _LIMITS), (1, _NO_INTEGERS))
#: What memory is reserved for: no number between a few and those that are out of range.
OFFSETS = _several(
    (6, _words("0 1 7 8 100 #0 #1 #3 -1")), (1, _words("4294967296 -9223372036854775808") + _LIMITS + _NO_INTEGERS)
)
COUNTS = _several((6, _words("1 2 3 10")), (1, _words("0 -1 9223372036854775807") + _LIMITS + _NO_INTEGERS))
DOUBLES = _several(
    (5, _words("0 1 2 1.5 -1 3 10")),
    (1, _words("inf -inf +inf nan -0 1e400 1e-400 0x10 1e5 -1e17 12345678.125 +1 .5 5.", "", " 1", "1 ") + _LIMITS),
)
BOUNDS = _several(
    (3, _words("-inf +inf 0 1 2 10 (1 (2")),
    (3, _words("- + [a (a [b (c [ (")),
    (3, _SMALL),
    (1, _words("( [1 (nan ((1 x", "") + _LIMITS),
)
IDS = _several(
    (6, _words("0 1-1 2-1 3-0 5-1 0-0 1 2 5")),
    (2, _words("- + $ > (1-1 (2 (0 6-0 100-1 7-*")),
    (1, _words("18446744073709551615-18446744073709551615 18446744073709551615 18446744073709551616-1 x 1- -1 1-x 1-1-1 * ( 01-1", "")),
)  # fmt: skip
#: A deadline must pass neither during a case nor between two servers.
SECONDS = _several(
    (5, _words("1000 100000 0 -1")), (1, _LIMITS + _NO_INTEGERS + _words("9223372036854775 9223370000000000"))
)
MILLISECONDS = _several((5, _words("1000000 100000000 0 -1")), (1, _LIMITS + _NO_INTEGERS))
MOMENTS = _several((5, _words("1 4102444800 0 -1")), (1, _LIMITS + _NO_INTEGERS))
MOMENTS_IN_MS = _several((5, _words("1 4102444800000 0 -1")), (1, _LIMITS + _NO_INTEGERS))
IDLE = _several((5, _words("0 1000000 -1")), (1, _LIMITS + _NO_INTEGERS))

#: By the words of usage lines, some of them only in a group.
WORDS: dict[str, Pool] = {
    "bit": _several((5, _words("0 1")), (1, _words("2 -1 x", ""))),
    "consumer": _several((5, _words("c1 c2")), (1, _words("c3", ""))),
    "count": COUNTS,
    "cursor": _several((9, _words("0")), (1, _words("x -1 1.5 18446744073709551616", ""))),
    "db": _several((5, _words("1 0 2")), (1, _LIMITS + _NO_INTEGERS + _words("16 -1"))),
    "destination-db": _several((5, _words("1 0 2")), (1, _LIMITS + _NO_INTEGERS + _words("16 -1"))),
    "encoding": _several((5, _words("u8 i8 u1 i5 u63 i64 u4")), (1, _words("u64 i65 u0 i0 x8 u 8 i-1 U8 u08", ""))),
    "end bitmap": INTEGERS,
    "entries-added": INTEGERS,
    "exactly": COUNTS,
    "group": _several((9, _words("g")), (1, _words("h", ""))),
    "id": IDS,
    "idle": IDLE,
    "last-id": IDS,
    "lastid": IDS,
    "latitude": _several(
        (5, _words("38 37.5 0 38.115556")), (1, _words("85.06 -85.05112878 90 nan inf x 1e400", "", " 1"))
    ),
    "longitude": _several((5, _words("13.361389 15 0 -180 180")), (1, _words("180.1 nan -inf x 1e400", "", " 1"))),
    "max": BOUNDS,
    "max-deleted-id": IDS,
    "milliseconds": MILLISECONDS,
    "min": BOUNDS,
    "min-idle-time": IDLE,
    "ms": IDLE,
    "offset bitmap": OFFSETS,
    "offset string": OFFSETS,
    "pattern": _several((4, _words("* a* ? [ab] [^a] \\* *b")), (1, _words("[ [a- \\ a** nosuch", "", b"\x00*"))),
    "pattern generic": _several(
        (3, _words("w_* w_* # * hash->* w_*->a nosuch*")), (1, _words("a* \\ *->* w_** *-> x", ""))
    ),
    "radius": _several((5, _words("0 100 1000 100000")), (1, _words("-1 nan inf x", ""))),
    "seconds": SECONDS,
    "serialized-value": [[STRING, LIST, STRING[:-1], b"", b"x", LIST[:-2] + b"xx"]],
    "subcommand": [_words("GETREG ENCODING DECODE TODENSE encoding x", "")],
    "start stream": IDS,
    "end stream": IDS,
    "start": BOUNDS,
    "stop": BOUNDS,
    "start list": INTEGERS,
    "stop list": INTEGERS,
    "start string": INTEGERS,
    "end string": INTEGERS,
    "start bitmap": INTEGERS,
    "threshold": _several((3, _words("0 1 2 10")), (2, _words("2-1 3-0 1-1")), (1, _LIMITS + _NO_INTEGERS)),
    "timeout": _several((5, _words("0 0.1 1")), (1, _words("-1 x inf nan 1e400 1e17", "") + _LIMITS)),
    "ttl": MILLISECONDS,
    "type": _several((5, _words("string list set zset hash stream STRING")), (1, _words("x", ""))),
    "unix-time-milliseconds": MOMENTS_IN_MS,
    "unix-time-seconds": MOMENTS,
    "value": TEXTS,
    "value bitmap": INTEGERS,
}
OF_TYPE = {"integer": INTEGERS, "double": DOUBLES, "unix-time": MOMENTS_IN_MS}
#: Here no other word may come, as it could be a short time.
TIMES = ["seconds", "milliseconds", "min-idle-time", "ms", "idle", "ttl"]
#: The number of repeated words behind it.
NUMBERS = ("numkeys", "numfields", "numids", "num-vertices")


@dataclass(frozen=True)
class Grammar:
    """What makes the requests of some commands, without the words of usage lines that a server does not know."""

    commands: Sequence[Command]
    unknown: dict[str, set[str]] = field(default_factory=dict)

    def request(self, choose: Choose) -> list[bytes]:
        """Make a request."""
        return self.request_of(choose(self.commands), choose)

    def request_of(self, command: Command, choose: Choose) -> list[bytes]:
        """Make a request of one command, the name of a subcommand in a word of its own."""
        composition = _Composition(choose, command.group, self.unknown.get(command.name, set()))
        words = list(composition.sequence(command.usage.arguments))
        if choose(range(8)) == 7:
            words = _damaged(choose, words)
        return [*command.name.upper().encode().split(b"|"), *words]

    def requests(self) -> st.SearchStrategy[list[list[bytes]]]:
        """Return a strategy of cases."""

        @st.composite
        def several(draw: st.DrawFn) -> list[list[bytes]]:
            def choose(options: Sequence[T], /) -> T:
                return draw(st.sampled_from(options))

            return [self.request(choose) for _ in range(draw(st.integers(1, 15)))]

        return several()


class _Composition:
    """The words of one request, as they are drawn."""

    def __init__(self, choose: Choose, group: str, unknown: set[str]) -> None:
        self.choose = choose
        self.group = group
        self.unknown = unknown
        self.repetitions: int | None = None

    def sequence(self, arguments: Sequence[Argument]) -> Iterator[bytes]:
        """Draw the words of arguments in a row, some of the optional ones, in any order."""
        pending: list[Argument] = []
        for argument in arguments:
            if argument.optional:
                if argument.token not in self.unknown and self.choose(range(3)) == 2:
                    pending.append(argument)
                continue
            yield from self.options(pending)
            pending = []
            yield from self.one(argument)
        yield from self.options(pending)

    def options(self, chosen: list[Argument]) -> Iterator[bytes]:
        if len(chosen) > 1 and self.choose(range(4)) == 3:
            first = self.choose(range(len(chosen)))
            chosen = [*chosen[first:], *chosen[:first]]
        for argument in chosen:
            yield from self.one(argument)

    def one(self, argument: Argument) -> Iterator[bytes]:
        times = 1
        if argument.multiple:
            times = self.repetitions or self.choose([1, 1, 2, 2, 3])
        for time in range(times):
            if argument.token is not None and (time == 0 or argument.multiple_token):
                yield self.spelled(argument.token)
            yield from self.content(argument)

    def content(self, argument: Argument) -> Iterator[bytes]:
        if argument.type == "block":
            yield from self.sequence(argument.arguments)
        elif argument.type == "oneof":
            choices = [child for child in argument.arguments if not _tokens(child) & self.unknown]
            if choices:
                yield from self.one(self.choose(choices))
        elif argument.type != "pure-token":
            yield self.value(argument)

    def value(self, argument: Argument) -> bytes:
        word = argument.display or argument.name
        if word in NUMBERS:
            if self.choose(range(10)) == 9:
                return self.word(INTEGERS)
            self.repetitions = self.choose([1, 1, 2, 2, 3]) + 2 * (word == "num-vertices")
            return b"%d" % self.repetitions
        if argument.type == "key":
            return self.key()
        if word not in TIMES and self.choose(range(20)) == 19:
            return self.word(TEXTS)
        return self.word(WORDS.get(f"{word} {self.group}") or WORDS.get(word) or OF_TYPE.get(argument.type, TEXTS))

    def word(self, pool: Pool) -> bytes:
        return self.choose(self.choose(pool))

    def key(self) -> bytes:
        return self.choose(_words(KEYS_OF[self.group]) if self.choose(range(4)) < 3 else _words("", *KEYS))

    def spelled(self, token: str) -> bytes:
        change = self.choose(range(10))
        return (token.lower() if change == 1 else token.capitalize() if change == 2 else token).encode()


def _tokens(argument: Argument) -> set[str]:
    tokens = {argument.token} if argument.token else set()
    if argument.type == "block" and argument.arguments:
        tokens |= _tokens(argument.arguments[0])
    return tokens


def _damaged(choose: Choose, words: list[bytes]) -> list[bytes]:
    """Lose, double, swap or cut one of the words, or add one."""
    damage = choose(["lose", "double", "swap", "cut", "add", "replace"])
    if not words:
        return [choose(choose(TEXTS))]
    at = choose(range(len(words)))
    if damage == "lose":
        return words[:at] + words[at + 1 :]
    if damage == "double":
        return words[: at + 1] + words[at:]
    if damage == "swap":
        other = choose(range(len(words)))
        words[at], words[other] = words[other], words[at]
        return words
    if damage == "cut":
        return [*words[:at], words[at][:-1], *words[at + 1 :]]
    return [*words[:at], choose(choose(TEXTS)), *words[at + (damage == "replace") :]]


def known_to(oracle: Oracle, commands: Sequence[Command]) -> Grammar:
    """Return the grammar of the commands that a server has, with the options that it has."""
    names = [command.name.encode() for command in commands]
    documents = oracle.ask([(b"COMMAND", b"DOCS", name) for name in names])
    unknown: dict[str, set[str]] = {}
    known = []
    for command, document in zip(commands, documents, strict=True):
        tree = parse(document)[0]
        if not tree[1]:
            continue
        theirs = set(_tokens_told(tree))
        known.append(command)
        unknown[command.name] = set(_all_tokens(command.usage.arguments)) - theirs
    return Grammar(known, unknown)


def _all_tokens(arguments: Sequence[Argument]) -> Iterator[str]:
    for argument in arguments:
        if argument.token:
            yield argument.token
        yield from _all_tokens(argument.arguments)


def _tokens_told(tree: Tree) -> Iterator[str]:
    """Find the tokens in a reply of COMMAND DOCS."""
    _, content = tree
    if isinstance(content, list):
        for name, value in pairwise(content):
            if name[1] == b"token" and isinstance(value[1], bytes):
                yield value[1].decode()
        for child in content:
            yield from _tokens_told(child)


def data_commands() -> list[Command]:
    """Return the commands that work on keys, but for containers."""
    return [command for command in REGISTRY.values() if command.group in GROUPS and command.maximum]


def in_transaction(words: Sequence[bytes]) -> bytes:
    """Return the bytes of a request in a transaction, where nothing blocks."""
    return encode((b"MULTI",)) + encode(tuple(words)) + encode((b"EXEC",))


def may_block(words: Sequence[bytes]) -> bool:
    command = REGISTRY.get(words[0].decode(errors="replace").lower())
    return command is not None and bool(command.flags & BLOCKING)
