"""A command's usage line, as the manual prints it, read into its arity, its key specs and its argument tree.

The notation: CAPITALS (also `*`, `=`, `""` …) are tokens, sent as they stand; lower-case words are values.
`[x]` may be left out, `<x | y>` is a choice, `x y [x y ...]` repeats the words right before the bracket. A
token owns the values, or the choice, that follow it. `[BY <A | B>]` may be written `[BY A | B]`: two tokens
at the start of an optional choice are its token and the first thing to choose.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import takewhile
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument as COMMAND DOCS describes it; `display` is its display_text, None where DOCS has none."""

    name: str
    type: str
    token: str | None = None
    display: str | None = None
    optional: bool = False
    multiple: bool = False
    multiple_token: bool = False
    key_spec_index: int | None = None
    arguments: tuple[Argument, ...] = ()
    since: str | None = None


class Keyword(NamedTuple):
    """The search for keys begins behind a keyword, itself searched from a word on, or from the end back."""

    keyword: str
    startfrom: int


class Range(NamedTuple):
    """Every `keystep`-th word up to `lastkey`, which counts from the first, or from the end if negative.

    With a `limit` of n, only an n-th of the words that are left are keys (XREAD: keys, then as many ids).
    """

    lastkey: int
    keystep: int
    limit: int

    def positions(self, argv: Sequence[bytes], first: int) -> range:
        if self.lastkey >= 0:
            last = first + self.lastkey
        elif self.limit:
            last = first + (len(argv) - first) // self.limit + self.lastkey
        else:
            last = len(argv) + self.lastkey
        return _positions(argv, first, last, self.keystep)


class KeyNum(NamedTuple):
    """As many keys as a word of the request says; both positions count from where the search begins."""

    keynumidx: int
    firstkey: int
    keystep: int

    def positions(self, argv: Sequence[bytes], first: int) -> range:
        number = b"".join(argv[first + self.keynumidx : first + self.keynumidx + 1])
        if number == b"0":
            return range(0)
        if not number.isdigit() or number.startswith(b"0"):
            raise ValueError("the number of keys is not a number")
        first += self.firstkey
        return _positions(argv, first, first + (int(number) - 1) * self.keystep, self.keystep)


def _positions(argv: Sequence[bytes], first: int, last: int, step: int) -> range:
    if not first <= last < len(argv):
        raise ValueError("fewer keys than the request must name")
    return range(first, last + 1, step)


@dataclass(frozen=True, slots=True)
class KeySpec:
    """One place where a request names keys; if it is optional, a valid request may name none there.

    The search begins at a word of the request or behind a keyword. Both halves are None where Redis calls
    them unknown: a plain search could find the keyword among the values of other options (SORT).
    """

    begin_search: int | Keyword | None
    find_keys: Range | KeyNum | None
    optional: bool = False
    not_key: bool = False


_ONE = Range(0, 1, 0)
_UNKNOWN = KeySpec(None, None, optional=True)


class _Options(NamedTuple):
    """How to find keys behind a keyword without taking the value of another option for it."""

    start: int
    lengths: dict[bytes, int]
    keywords: dict[bytes, Range]

    def positions(self, argv: Sequence[bytes]) -> range:
        """Find the keys behind the first keyword of a list, or behind the last keyword of a single key."""
        found = range(0)
        at = self.start
        while at + 1 < len(argv):
            token = argv[at].upper()
            find = self.keywords.get(token)
            if find is not None:
                found = find.positions(argv, at + 1)
                if find != _ONE:
                    break
            at += 1 + self.lengths.get(token, 0)
        return found


class _Spelling(NamedTuple):
    """How to tell tokens from values.

    Behind `start` words of the request any token may come, followed by as many values as `lengths` says. A token of
    `openers` has its value behind it, or behind another token: MAXLEN ~ 5. After one of `last` only values come, and
    so they do after the first value that belongs to no token, if `positional`: the id of XADD.
    """

    start: int
    lengths: dict[bytes, int]
    openers: frozenset[bytes]
    last: frozenset[bytes]
    positional: bool

    def tokens_in(self, words: Sequence[bytes]) -> Iterator[int]:
        at, before = self.start - 1, b""
        while at < len(words):
            word = words[at].upper()
            if word in self.lengths:
                yield at
                at += self.lengths[word]
            elif self.positional and before not in self.openers:
                return
            if word in self.last:
                return
            at, before = at + 1, word

    @classmethod
    def of(cls, nodes: Sequence[_Node], named: int) -> _Spelling:
        fixed = len(list(takewhile(lambda node: node.kind == "value" and node.is_fixed() and not node.token, nodes)))
        owners = [*_owners(nodes)]
        lengths = {owner.token.encode(): owner.width()[0] - 1 for owner in owners if owner.token is not None}
        blocks = [node for node in nodes if node.kind == "block" and node.token is None]
        openers = frozenset(owner.token.encode() for owner in _owners(blocks) if owner.token and owner.width()[1] == 1)
        last: set[bytes] = {token for token in (b"STREAMS", b"FIELDS", b"*") if token in lengths}
        choice, after = nodes[fixed : fixed + 1], nodes[fixed + 1 :]
        if after and not choice[0].optional and all(node.kind == "value" and not node.optional for node in after):
            last |= {owner.token.encode() for owner in _owners(choice) if owner.token}
        required = [node for node in nodes[fixed:] if not node.optional and node.multiple]
        return cls(named + fixed, lengths, openers, frozenset(last), bool(required) and not last - {b"*"})


@dataclass(frozen=True)
class Usage:
    """All that a usage line says; `minimum` and `maximum` count the words of a request, its name included.

    What few ask for is worked out when somebody does: a server reads hundreds of lines before it is ready.
    """

    line: str
    name: str
    minimum: int
    maximum: int | None
    keys: tuple[KeySpec, ...]
    _nodes: Sequence[_Node] = field(repr=False, compare=False)
    _newer: Mapping[str, str] = field(repr=False, compare=False)
    _options: _Options | None = field(repr=False, compare=False)

    @cached_property
    def arguments(self) -> tuple[Argument, ...]:
        """What COMMAND DOCS says of the words behind the name."""
        return tuple([_argument(node, self.name, self._newer) for node in self._nodes])

    @cached_property
    def _spelling(self) -> _Spelling:
        return _Spelling.of(self._nodes, 2 if "|" in self.name else 1)

    @property
    def arity(self) -> int:
        """The number of words if it is fixed, else the least number, negative."""
        return self.minimum if self.minimum == self.maximum else -self.minimum

    @property
    def first_key(self) -> int:
        return self._legacy()[0]

    @property
    def last_key(self) -> int:
        return self._legacy()[1]

    @property
    def step(self) -> int:
        return self._legacy()[2]

    @property
    def movable_keys(self) -> bool:
        """Whether it takes more than first_key, last_key and step to find all keys of a request."""
        return self._legacy()[3]

    def _legacy(self) -> tuple[int, int, int, bool]:
        """One range over the key specs that are plain ranges side by side, and whether there are others."""
        first = last = step = 0
        others = False
        for spec in self.keys:
            begin, find = spec.begin_search, spec.find_keys
            if not (isinstance(begin, int) and isinstance(find, Range)):
                others = True
                continue
            if first and not (begin == last + 1 and find.keystep == step == 1):
                others = True
                continue
            first = first or begin
            last = find.lastkey if find.lastkey < 0 else begin + find.lastkey
            step = find.keystep
        return first, last, step, others

    @property
    def key_slice(self) -> slice | None:
        """Which words of any request are its keys, if that is so simple."""
        if not self.keys or self.movable_keys or any(spec.optional or spec.not_key for spec in self.keys):
            return None
        last = self.last_key
        return slice(self.first_key, None if last == -1 else last + 1, self.step)

    @property
    def has_one_key_first(self) -> bool:
        """Whether the first word behind the name is the only key of a request."""
        return self._options is None and [(spec.begin_search, spec.find_keys) for spec in self.keys] == [(1, _ONE)]

    def positions(self, argv: Sequence[bytes]) -> list[int]:
        """Find the keys of a request; ValueError where it must name keys, or their number, and does not."""
        return [position for position, _ in self.keys_in(argv)]

    def tokens_in(self, words: Sequence[bytes]) -> Iterator[int]:
        """Find the tokens of a request, given without its first word: not the values that look like one."""
        return self._spelling.tokens_in(words)

    def keys_in(self, argv: Sequence[bytes]) -> list[tuple[int, int]]:
        """Like `positions`, each with the index of its key spec; those behind keywords belong to the last one."""
        behind = self._options.positions(argv) if self._options is not None else range(0)
        found: list[tuple[int, int]] = []
        required = 0
        for index, spec in enumerate(self.keys):
            begin, find = spec.begin_search, spec.find_keys
            if spec.not_key:
                continue
            required += not spec.optional
            if isinstance(begin, int) and find is not None:
                # MIGRATE is sent "" in place of its key when keys come at the end.
                if spec.optional and (begin >= len(argv) or (behind and not argv[begin])):
                    continue
                found += [(position, index) for position in find.positions(argv, begin)]
        found += [(position, len(self.keys) - 1) for position in behind]
        if len(found) < required:
            raise ValueError("fewer keys than the request must name")
        return found


# The one command whose first argument is a token and not a subcommand.
_LEADING_TOKEN = "XREADGROUP"
# The subcommands of these containers name keys and shard channels without touching them.
_KEYLESS = ("cluster|", "pubsub|")
_WORDS = re.compile(r"\.\.\.|[][<>|.]|[^][<>|.\s]+")
_CLOSING = {"[": "]", "<": ">"}
_UNBOUNDED = 1 << 32


def parse(usage: str, newer: Mapping[str, str] | None = None, without: Collection[str] = ()) -> Usage:
    """Read a usage line; ValueError if it is malformed.

    `newer` gives the versions of tokens that are newer than the command. Those of `without` are left out.
    """
    words = _WORDS.findall(usage)
    named = len(list(takewhile(_is_name, words[: 1 if words[:1] == [_LEADING_TOKEN] else 2])))
    try:
        if not named:
            raise ValueError("no command name in capitals")
        nodes = _without(_Grammar(words, named).line(), without)
    except ValueError as error:
        raise ValueError(f"{error}, in the usage line {usage!r}") from None
    name = "|".join(words[:named]).lower()
    search = _KeySearch(named)
    if not (_KEYS.isdisjoint(words) or name.startswith(_KEYLESS)):
        search.visit(nodes)
    low, high = _width(nodes)
    maximum = named + high if high < _UNBOUNDED else None
    return Usage(usage, name, named + low, maximum, tuple(search.specs), nodes, newer or {}, search.options(nodes))


@dataclass(slots=True)
class _Node:
    """A piece of the line: a value, a pure-token, a block of pieces in sequence, or a oneof of them."""

    kind: str
    start: int
    word: str = ""
    children: Sequence[_Node] = ()
    token: str | None = None
    optional: bool = False
    multiple: bool = False
    multiple_token: bool = False
    spec: int | None = None

    def width(self) -> tuple[int, int]:
        """The least and the greatest number of words this stands for where it is not left out."""
        low = high = int(self.kind == "value")
        if self.kind == "oneof":
            widths = [child.width() for child in self.children]
            low, high = min(low for low, _ in widths), max(high for _, high in widths)
        elif self.children:
            low, high = _width(self.children)
        owner = self.token is not None
        return low + owner, _UNBOUNDED if self.multiple else high + owner

    def is_fixed(self) -> bool:
        low, high = self.width()
        return low == high and not self.optional


def _without(nodes: Sequence[_Node], tokens: Collection[str]) -> list[_Node]:
    """Leave out what begins with one of the tokens, and choices and blocks of which nothing is left."""
    left = []
    for node in nodes if tokens else ():
        if node.token in tokens:
            continue
        if node.children:
            node.children = _without(node.children, tokens)
            if not node.children:
                continue
        left.append(node)
    return left if tokens else list(nodes)


def _width(nodes: Sequence[_Node]) -> tuple[int, int]:
    low = high = 0
    for node in nodes:
        least, most = node.width()
        low += 0 if node.optional else least
        high += most
    return low, high


def _is_token(word: str) -> bool:
    return word == word.upper() and word not in ("[", "]", "<", ">", "|", ".", "...")


def _is_name(word: str) -> bool:
    return word[0].isalpha() and word == word.upper()


def _is_value(word: str) -> bool:
    return word == word.lower() and word[0].isalpha()


class _Grammar:
    """A recursive descent over the words of a line; `at` is the next one to read."""

    def __init__(self, words: list[str], at: int) -> None:
        self.words = words
        self.at = at
        self.closing: dict[int, int] = {}
        opened: list[int] = []
        for place, word in enumerate(words):
            if word in _CLOSING:
                opened.append(place)
            elif word in ("]", ">"):
                if not opened or _CLOSING[words[opened[-1]]] != word:
                    raise ValueError(f"{word!r} closes nothing")
                self.closing[opened.pop()] = place
        if opened:
            raise ValueError(f"{words[opened[-1]]!r} is not closed")

    def line(self) -> list[_Node]:
        nodes = self.sequence(len(self.words))
        if self.at < len(self.words):
            raise self.unexpected()
        return nodes

    def sequence(self, end: int) -> list[_Node]:
        """Read up to `end`, to the next alternative, or to a repetition of more than this sequence."""
        nodes: list[_Node] = []
        while self.at < end and (word := self.words[self.at]) != "|":
            if self.repeats():
                if not self.repeat(nodes):
                    break
            elif word in _CLOSING:
                nodes.append(self.group())
            elif _is_token(word):
                nodes.append(self.token(end))
            elif _is_value(word):
                nodes += self.values(end)
            else:
                raise self.unexpected()
        return nodes

    def values(self, end: int) -> list[_Node]:
        """Read values, and repetitions of them, as far as they go."""
        nodes: list[_Node] = []
        while self.at < end:
            if _is_value(self.words[self.at]):
                nodes.append(_Node("value", self.at, self.words[self.at]))
                self.at += 1
            elif not (self.repeats() and self.repeat(nodes)):
                break
        return nodes

    def token(self, end: int) -> _Node:
        """Read a token with what it owns."""
        start = self.at
        self.at += 1
        if self.at < end and self.words[self.at] == "<":
            node = self.group()
        else:
            values = self.values(end)
            node = _block(values) if values else _Node("pure-token", start)
        node.start = start
        node.token = self.words[start].strip('"')
        return node

    def group(self) -> _Node:
        """Read all that a pair of brackets holds."""
        start, end = self.at, self.closing[self.at]
        optional = self.words[start] == "["
        alternatives: list[list[_Node]] = []
        while self.at == start or (self.at < end and self.words[self.at] == "|"):
            self.at += 1
            alternatives.append(self.sequence(end))
        if not all(alternatives) or len(alternatives) < 2 - optional:
            raise ValueError(f"nothing to choose in {' '.join(self.words[start : end + 1])!r}")
        node = _choice(alternatives, start + 1, shares_token=optional)
        if self.at < end and not (self.repeats() and self.repeat([node]) and self.at == end):
            raise self.unexpected()
        self.at = end + 1
        node.start = start
        node.optional = optional
        return node

    def repeats(self) -> bool:
        """Whether a repetition, `[… ...]`, comes next."""
        return self.at in self.closing and self.words[self.closing[self.at] - 1] == "..."

    def repeat(self, nodes: list[_Node]) -> bool:
        """Make one repeated node of those that the coming repetition repeats; False if it repeats others."""
        end = self.closing[self.at]
        body = self.words[self.at + 1 : end - 1]
        start = self.at - len(body)
        first = next((place for place, node in enumerate(nodes) if node.start == start), None)
        if first is None or self.words[start : self.at] != body:
            return False
        nodes[first:] = [_block(nodes[first:])]
        nodes[first].multiple = True
        nodes[first].multiple_token = nodes[first].token is not None
        self.at = end + 1
        return True

    def unexpected(self) -> ValueError:
        if self.repeats():
            return ValueError("a repetition must repeat the words right before it")
        return ValueError(f"unexpected {self.words[self.at]!r}")


def _block(nodes: list[_Node]) -> _Node:
    return nodes[0] if len(nodes) == 1 else _Node("block", nodes[0].start, children=nodes)


def _choice(alternatives: list[list[_Node]], start: int, shares_token: bool) -> _Node:
    if len(alternatives) == 1:
        return _block(alternatives[0])
    first = alternatives[0]
    token = None
    if shares_token and len(first) > 1 and first[0].kind == "pure-token" and first[1].token is not None:
        token = first.pop(0).token
    return _Node("oneof", start, children=[_block(nodes) for nodes in alternatives], token=token)


# Shard channels are hashed to a slot as keys are: Redis lists them among the key specs, marked not_key.
_CHANNEL = "shardchannel"
_KEYS = set(f"key key1 key2 newkey source destination destkey sourcekey dst src {_CHANNEL}".split())
# The patterns of SORT are templates for the names of keys; other patterns only match names.
_KEY_PATTERNS = {("BY", "pattern"): "by-pattern", ("GET", "pattern"): "get-pattern"}


class _KeySearch:
    """A walk over the line for the words that are keys, and the way to them in a request."""

    def __init__(self, named: int) -> None:
        self.specs: list[KeySpec] = []
        self.keywords: dict[bytes, Range] = {}
        self.start = named
        # The place of the next word: so many words behind a keyword, or behind nothing; None if that depends.
        self.place: tuple[str, int] | None = ("", named)
        self.numkeys: tuple[str, int] | None = None

    def visit(self, nodes: Sequence[_Node], tail: Sequence[_Node] = (), step: int = 0, optional: bool = False) -> None:
        """Visit nodes that come before a tail; `step` is their length if they are repeated together."""
        for at, node in enumerate(nodes):
            if node.optional and (node.kind == "oneof" or any(_owners([node]))):
                self.lose_place()  # Options come in any order.
            if node.token is not None:
                self.place = (self.place[0], self.place[1] + 1) if self.place else (node.token, 0)
            place = self.place
            after = tail if step else [*nodes[at + 1 :], *tail]
            if node.kind == "value":
                self.value(node, after, step, optional or node.optional)
                self.numkeys = place if node.word == "numkeys" else None
                self.place = place and (place[0], place[1] + 1)
            elif node.kind == "oneof":
                for child in node.children:
                    self.place = place
                    self.visit([child], after, optional=True)
            else:
                length = node.width()[0] if node.multiple else 0
                self.visit(node.children, after, length, optional or node.optional)
            if not node.is_fixed():
                self.lose_place()

    def lose_place(self) -> None:
        """Forget the place, as the number of words so far depends on the request; here options may begin."""
        if self.place is not None and not self.place[0]:
            self.start = self.place[1]
        self.place = None

    def value(self, node: _Node, after: Sequence[_Node], step: int, optional: bool) -> None:
        """Note the key spec of a value, if it is a key."""
        if (node.token, node.word) in _KEY_PATTERNS:
            if self.specs[-1:] != [_UNKNOWN]:
                self.specs.append(_UNKNOWN)
        elif node.word == "key2" and self.specs:
            self.specs[-1] = KeySpec(self.specs[-1].begin_search, Range(1, 1, 0))
        elif node.word in _KEYS:
            self.specs.append(self.spec(node, after, step, optional))
        else:
            return
        node.spec = len(self.specs) - 1 if node.word != _CHANNEL else None

    def spec(self, node: _Node, after: Sequence[_Node], step: int, optional: bool) -> KeySpec:
        place = self.place
        find: Range | KeyNum = _ONE
        if self.numkeys is not None:
            place, find = self.numkeys, KeyNum(0, 1, step or 1)
        elif node.multiple or step:
            if all(other.is_fixed() for other in after):
                find = Range(-1 - _width(after)[0], step or 1, 0)
            elif all(other.multiple for other in after):
                find = Range(-1, 1, 1 + len(after))
            else:
                return _UNKNOWN
        if place is not None and not place[0]:
            return KeySpec(place[1], find, optional, node.word == _CHANNEL)
        if place is None or place[1] or isinstance(find, KeyNum):
            return _UNKNOWN
        self.keywords[place[0].encode()] = find
        if find == _ONE and _UNKNOWN in self.specs:
            return _UNKNOWN  # A pattern may look like the keyword.
        # An option with a list comes last: from the end, no value of another option is taken for its keyword.
        start = -2 if optional and find != _ONE else self.start
        return KeySpec(Keyword(place[0], start), find, optional)

    def options(self, nodes: Sequence[_Node]) -> _Options | None:
        if not self.keywords:
            return None
        lengths = {owner.token.encode(): owner.width()[0] - 1 for owner in _owners(nodes) if owner.token}
        return _Options(self.start, lengths, self.keywords)


def _owners(nodes: Sequence[_Node]) -> Iterator[_Node]:
    """All that has a token of its own."""
    for node in nodes:
        if node.token is None:
            yield from _owners(node.children)
        else:
            yield node


# What a word tells about the type of a value; all others are strings.
_TYPES = {
    word: kind
    for kind, words in {
        "integer": """bit bits client-id cluster-bus-port config-epoch count cursor db decrement
            destination-db end end-slot entries-added entries-read exactly frequency idle increment index index1
            index2 integer len limit maxage milliseconds min-match-len ms not-client-id not-db num-matches
            num-vertices numfields numids numkeys numlocal numreplicas offset port protover rank seconds
            slot start start-slot stop timeout ttl version weight""",
        "double": "float height latitude longitude max min radius score width",
        "pattern": "match-pattern pattern",
        "unix-time": "unix-time-milliseconds unix-time-seconds",
    }.items()
    for word in words.split()
}
_TYPES_IN = {
    (command, word): kind
    for commands, words, kind in (
        ("bitfield setbit", "value", "integer"),
        ("blmove blmpop blpop brpop brpoplpush bzmpop bzpopmax bzpopmin", "timeout", "double"),
        ("clusterscan", "cursor", "string"),
        ("hincrbyfloat incrbyfloat", "increment", "double"),
        ("xautoclaim xpending xrange xrevrange zrange", "start stop end", "string"),
        ("xpending", "min-idle-time", "integer"),
        ("zlexcount zrangebylex zrangestore zremrangebylex zrevrangebylex", "min max", "string"),
    )
    for command in commands.split()
    for word in words.split()
}


def _names(table: str) -> dict[str, str]:
    return dict(pair.split("/") for pair in table.split())


# COMMAND DOCS has names for odd tokens, and for choices and blocks, here by the first word in them.
_TOKENS = _names("=/equal ~/approximately */auto-id $/new-id ALPHA/sorting CH/change INCR/increment /empty-string")
_CHOICES = _names(
    """*/id-selector =/operator AND/operation ASC/order ASYNC/flush-type AUTH/authentication BEFORE/where
    BYFLOAT/increment BYRADIUS/by BYSCORE/sortby BYTE/unit COUNT/selector EX/expiration FLUSH/policy
    FNX/fields-condition FORCE/options FROMMEMBER/from GET/operation GT/comparison HARD/reset-type ID/new-format
    IDMPAUTO/idmp IFEQ/condition IMPORTING/subcommand KEEPREF/condition LEFT/where LIB-NAME/attr M/unit MAXLEN/strategy
    MIN/where NOSAVE/save-selector NOT-TYPE/not-client-type NX/condition OBO/ordering ON/enabled
    OVERFLOW/overflow-block SCHEDULE/operation SET/write-operation SLOTSRANGE/filter SLOW/type STORE/store
    TIMEOUT/unblock-type TYPE/client-type WRITE/mode YES/mode count/operation host/args id/id-selector ip:port/filter
    key/key-selector node-id/args"""
)
_BLOCKS = _names(
    """CONFIG/configs GET/get-block GROUP/group-block IDLE/filters INCRBY/incrby-block MAXLEN/trim NO/no-one
    OVERFLOW/write SET/set-block TO/target count/options end/end-unit-block host/host-port protover/arguments
    start/range start-slot/range"""
)
# A value behind a token keeps its own name, unless the token says more.
_NAMED_BY_TOKEN = ("entries-read", "ip:port", "key", "node-id", "password")
_VALUES = _KEY_PATTERNS | {("STORE", "key"): "storekey", ("STOREDIST", "key"): "storedistkey"}


def _argument(node: _Node, command: str, newer: Mapping[str, str]) -> Argument:
    """Say in the terms of COMMAND DOCS what a piece of the line is."""
    kind, word, token = node.kind, node.word, node.token or ""
    children = tuple([_argument(child, command, newer) for child in node.children])
    since = newer.get(token)
    if kind == "oneof" and since is None and len({child.since for child in children}) == 1:
        since = children[0].since  # the choice itself is as new as all there is to choose
        children = tuple([replace(child, since=None) for child in children])
    display = None
    if kind == "value":
        name = _VALUES.get((token, word)) or (token.lower() if token and word in _NAMED_BY_TOKEN else word)
        display = word
        kind = _TYPES_IN.get((command, word)) or _TYPES.get(word, "string")
        if node.spec is not None and kind != "pattern":
            kind = "key"
    elif kind == "pure-token":
        name = display = _TOKENS.get(token) or token.lower()
    elif kind == "oneof":
        name = _CHOICES.get(_first(node)) or token.lower() or "choice"
    else:
        default = "data" if node.multiple else f"{children[0].name}-block"
        name = _BLOCKS.get(_first(node)) or token.lower() or default
    flags = node.optional, node.multiple, node.multiple_token
    return Argument(name, kind, node.token, display, *flags, node.spec, children, since)


def _first(node: _Node) -> str:
    """The token that a piece of the line begins with, or else the value."""
    while node.token is None and node.children:
        node = node.children[0]
    return node.word if node.token is None else node.token
