"""What a user of the access control list may do: the commands, keys and channels that rules have given.

A user has one root selector, and more of them where rules in parentheses made some. A request is allowed if one
selector allows all of it. Selectors keep the rules about commands as they were given, for that is how they are printed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from enum import IntEnum
from typing import NamedTuple

from stubredis.command import NO_AUTH, READONLY, Command
from stubredis.command import WRITE as WRITES
from stubredis.datatypes.glob import matcher
from stubredis.docs import key_access, key_access_in
from stubredis.errors import printed
from stubredis.versions import LATEST, Emulated, Origin

READ = 1
WRITE = 2
_PREFIXES = {READ: b"%R~", WRITE: b"%W~", READ | WRITE: b"~"}
_NEEDED = {"access": READ, "insert": WRITE, "delete": WRITE, "update": WRITE}
_SPACES = frozenset(b" \t\n\v\f\r\0")

_SPECIAL = frozenset(b"*?[\\")

REMEMBERED_KEYS = 16_384
"""How many keys that some patterns match are remembered."""
Reach = Callable[[Sequence[bytes]], bool]

UNKNOWN = b"Unknown command or category name in ACL"
SYNTAX = b"Syntax error"
NOTHING_TO_ADD = (
    b"Adding a pattern after the * pattern (or the '%b' flag) is not valid and does not have any effect. "
    b"Try '%b' to start with an empty list of %b"
)
BAD_DATABASE = b"The provided database ID is out of range"
FIRST_WORD_OF_SUBCOMMAND = b"Allowing first-arg of a subcommand is not supported"

DATABASE_RULES = Origin.parse("valkey-9.1.0")
"""What brought the rules about databases."""

CATEGORIES = (
    "keyspace", "read", "write", "set", "sortedset", "list", "hash", "string", "bitmap", "hyperloglog", "geo", "stream",
    "pubsub", "admin", "fast", "slow", "blocking", "dangerous", "connection", "transaction", "scripting",
)  # fmt: skip
"""All categories, in the order of Redis."""


class RuleError(Exception):
    """A rule that is refused, with Redis' reason."""

    def __init__(self, reason: bytes) -> None:
        super().__init__(reason)
        self.reason = reason


class Reason(IntEnum):
    """Why something was denied. Of several selectors, the one with the greatest reason names it."""

    DATABASE = 0
    COMMAND = 1
    KEY = 2
    AUTH = 3
    CHANNEL = 4


class Denied(NamedTuple):
    """What was denied: the reason, and which word of the request was the last to be no good."""

    reason: Reason
    position: int


class Channels(NamedTuple):
    """Which words of a request are channels, and whether they are patterns."""

    single: bool
    patterns: bool

    def words(self, argv: Sequence[bytes]) -> range:
        return range(1, 2 if self.single else len(argv))


CHANNELS = {
    "publish": Channels(single=True, patterns=False),
    "spublish": Channels(single=True, patterns=False),
    "subscribe": Channels(single=False, patterns=False),
    "ssubscribe": Channels(single=False, patterns=False),
    "psubscribe": Channels(single=False, patterns=True),
}
"""The commands whose channels are looked at. Nobody is kept from unsubscribing."""


def has_spaces(word: bytes) -> bool:
    """Tell whether a name or pattern has blanks or zero bytes, which rules could not be printed with."""
    return not _SPACES.isdisjoint(word)


def has_keys(command: Command) -> bool:
    return any(not spec.not_key for spec in command.usage.keys)


def needed(access: Iterable[str]) -> int:
    """Translate the flags of a key spec into READ and WRITE; a key that is only named needs neither."""
    found = 0
    for flag in access:
        found |= _NEEDED.get(flag, 0)
    return found


class Request:
    """A request to be judged, made in a database; its keys are searched once for all selectors."""

    __slots__ = ("_keys", "argv", "command", "database")

    def __init__(self, command: Command, argv: Sequence[bytes], database: int) -> None:
        self.command = command
        self.argv = argv
        self.database = database
        self._keys: list[tuple[int, int]] | None = None

    def databases(self) -> Iterator[tuple[int, int | None]]:
        """The databases that the request uses, None for all, and which words name them: 0 where none does."""
        command, argv = self.command, self.argv
        for position in named_databases(command.name, argv):
            if argv[position].isdigit():
                yield position, int(argv[position])
        if command.name == "flushall":
            yield 0, None
        elif command.name not in ("select", "swapdb") and uses_database(command):
            yield 0, self.database

    def accesses(self) -> list[tuple[int, int]]:
        """The positions of the keys and what is needed there; none where the request is malformed."""
        if self._keys is None:
            command = self.command
            try:
                found = command.usage.keys_in(self.argv)
            except ValueError:
                found = []
            needs = {index: needed(key_access_in(command, index, self.argv)) for _, index in found}
            self._keys = [(position, needs[index]) for position, index in found]
        return self._keys


class Commands:
    """All commands and subcommands by their full name, for rules to name them, and the server that knows them."""

    def __init__(self, table: Mapping[bytes, Command], emulated: Emulated = LATEST, databases: int = 16) -> None:
        self.emulated = emulated
        self.databases = databases
        self.limits_databases = emulated.has(DATABASE_RULES)
        self.named: dict[str, Command] = {}
        for command in table.values():
            for each in (command, *command.subcommands.values()):
                self.named[each.name] = each

    def find(self, name: bytes) -> Command:
        """Return the command that a rule names. Raises RuleError."""
        command = self.named.get(name.decode("latin-1").lower())
        if command is None:
            raise RuleError(UNKNOWN)
        return command

    def of_category(self, category: str) -> list[Command]:
        return [command for command in self.named.values() if category in command.categories]


class Selector:
    """A set of permissions that belong together."""

    def __init__(self, commands: Commands, *, all_channels: bool) -> None:
        self.known = commands
        self.future_commands = False
        """Whether `+@all` was said: also what is added later is allowed."""
        self.commands: set[str] = set()
        self.first_words: dict[str, list[bytes]] = {}
        """Commands that are allowed only with one of these words behind their name."""
        self.rules: list[bytes] = []
        """The rules about commands since the last `+@all` or `-@all`, less those that later ones have replaced."""
        self.all_keys = False
        self.keys: dict[bytes, int] = {}
        """Patterns of keys, each with READ and WRITE."""
        self.all_channels = all_channels
        self.channels: dict[bytes, None] = {}
        self.databases: frozenset[int] | None = None
        """The databases that may be used, None for all."""

    def copy(self) -> Selector:
        other = Selector(self.known, all_channels=self.all_channels)
        other.future_commands, other.all_keys = self.future_commands, self.all_keys
        other.commands = self.commands.copy()
        other.first_words = {name: list(words) for name, words in self.first_words.items()}
        other.rules, other.keys, other.channels = self.rules.copy(), self.keys.copy(), self.channels.copy()
        other.databases = self.databases
        return other

    # Rules

    def apply(self, rule: bytes) -> None:
        """Change the permissions by a rule. Raises RuleError."""
        match printed(rule).lower():
            case b"allkeys" | b"~*":
                self.all_keys = True
                self.keys.clear()
            case b"resetkeys":
                self.all_keys = False
                self.keys.clear()
            case b"allchannels" | b"&*":
                self.all_channels = True
                self.channels.clear()
            case b"resetchannels":
                self.all_channels = False
                self.channels.clear()
            case b"allcommands" | b"+@all":
                self._start_over(True)
            case b"nocommands" | b"-@all":
                self._start_over(False)
            case b"alldbs" if self.known.limits_databases:
                self.databases = None
            case b"resetdbs" if self.known.limits_databases:
                self.databases = frozenset()
            case _:
                self._apply_to_some(rule)

    def _apply_to_some(self, rule: bytes) -> None:
        text = printed(rule)
        match rule[:1]:
            case b"%" if self.known.emulated.before_7:
                raise RuleError(SYNTAX)
            case b"~" | b"%":
                self._add_keys(rule)
            case b"&":
                if self.all_channels:
                    raise RuleError(NOTHING_TO_ADD % (b"allchannels", b"resetchannels", b"channels"))
                self.channels[_pattern(rule[1:])] = None
            case b"+" | b"-" if text[1:2] == b"@":
                self._apply_category(text[2:], allow=text[:1] == b"+")
            case b"+" if b"|" in text:
                self._allow_behind_bar(text[1:])
            case b"-" if self.known.emulated.before_7 and b"|" in text:
                raise RuleError(UNKNOWN)
            case b"+" | b"-":
                command = self.known.find(text[1:])
                self._set(command, allow=text[:1] == b"+")
                self._note(command.name.encode(), allow=text[:1] == b"+")
            case _ if self.known.limits_databases and text[:3].lower() == b"db=":
                self.databases = _numbers(text[3:])
            case _:
                raise RuleError(SYNTAX)

    def _start_over(self, allow: bool) -> None:
        self.future_commands = allow
        self.commands = set(self.known.named) if allow else set()
        self.rules.clear()
        self.first_words.clear()

    def _add_keys(self, rule: bytes) -> None:
        if self.all_keys:
            raise RuleError(NOTHING_TO_ADD % (b"allkeys", b"resetkeys", b"patterns"))
        permissions, pattern = READ | WRITE, rule[1:]
        if rule[:1] == b"%":
            letters, _, pattern = rule[1:].partition(b"~")
            if letters.upper() not in (b"R", b"W", b"RW", b"WR"):
                raise RuleError(SYNTAX)
            permissions = (READ if b"R" in letters.upper() else 0) | (WRITE if b"W" in letters.upper() else 0)
        pattern = _pattern(pattern)
        self.keys[pattern] = self.keys.get(pattern, 0) | permissions

    def _apply_category(self, category: bytes, *, allow: bool) -> None:
        name = category.decode("latin-1").lower()
        if name not in CATEGORIES:
            raise RuleError(UNKNOWN)
        self._note(b"@" + name.encode(), allow=allow)
        for command in self.known.of_category(name):
            self._set(command, allow=allow)

    def _allow_behind_bar(self, text: bytes) -> None:
        """Allow a subcommand, or a command with a certain word behind its name."""
        name, _, word = text.rpartition(b"|")
        command = self.known.find(name)
        if "|" in command.name:
            raise RuleError(FIRST_WORD_OF_SUBCOMMAND)
        if not word:
            raise RuleError(SYNTAX)
        if command.subcommands:
            self._set(self.known.find(text), allow=True)
        else:
            words = self.first_words.setdefault(command.name, [])
            if word.lower() not in words:
                words.append(word.lower())
        self._note(text.lower(), allow=True)

    def _set(self, command: Command, *, allow: bool) -> None:
        names = {command.name, *(subcommand.name for subcommand in command.subcommands.values())}
        self.commands = self.commands | names if allow else self.commands - names
        self.first_words.pop(command.name, None)

    def _note(self, name: bytes, *, allow: bool) -> None:
        """Keep a rule; it replaces former ones about the same, or about its subcommands."""
        self.rules = [rule for rule in self.rules if rule[1:] != name and not rule[1:].startswith(name + b"|")]
        self.rules.append((b"+" if allow else b"-") + name)

    # How they are printed

    def described_commands(self) -> bytes:
        return b" ".join([b"+@all" if self.future_commands else b"-@all", *self.rules])

    def described_keys(self) -> bytes:
        if self.all_keys:
            return b"~*"
        return b" ".join(_PREFIXES[permissions] + pattern for pattern, permissions in self.keys.items())

    def described_channels(self) -> bytes:
        return b"&*" if self.all_channels else b" ".join(b"&" + pattern for pattern in self.channels)

    def described_databases(self) -> bytes:
        if self.databases is None:
            return b"alldbs"
        return b"db=" + b",".join(b"%d" % number for number in sorted(self.databases)) if self.databases else b""

    def described(self) -> bytes:
        """All rules in one line, as ACL LIST shows them."""
        parts = [
            self.described_keys(),
            b"" if self.all_channels else b"resetchannels",
            self.described_channels(),
            b"" if self.databases is None else self.described_databases() or b"resetdbs",
        ]
        return b" ".join([*filter(None, parts), self.described_commands()])

    # Judging

    @property
    def is_unrestricted(self) -> bool:
        return (
            self.future_commands and not self.rules and self.all_keys and self.all_channels and self.databases is None
        )

    def allows_any(self, command: Command) -> bool:
        """Tell whether all requests of a command are allowed, whatever keys and channels they name."""
        return (
            self.allows_command(command, ())
            and (self.all_keys or not has_keys(command))
            and (self.all_channels or command.name not in CHANNELS)
            and self.databases is None
        )

    def allows_command(self, command: Command, argv: Sequence[bytes]) -> bool:
        """Tell whether a command is allowed, be it only because of the word behind its name."""
        if command.name in self.commands or command.flags & NO_AUTH:
            return True
        words = self.first_words.get(command.name)
        return words is not None and len(argv) > 1 and printed(argv[1]).lower() in words

    def allows_key(self, key: bytes, permissions: int) -> bool:
        if self.all_keys:
            return True
        for pattern, granted in self.keys.items():
            if granted & permissions == permissions and matcher(pattern)(key):
                return True
        return False

    def reach(self, permissions: int) -> Reach:
        """Return a function that tells whether all of some keys may be accessed in a way."""
        if self.all_keys:
            return lambda keys: True
        return reach(self.patterns(permissions))

    def patterns(self, permissions: int) -> list[bytes]:
        """The patterns of keys that may be accessed in a way."""
        return [pattern for pattern, granted in self.keys.items() if granted & permissions == permissions]

    def reads_all_keys(self) -> bool:
        return self.all_keys or bool(self.keys.get(b"*", 0) & READ)

    def denial(self, request: Request) -> Denied | None:
        """Judge a request."""
        command, argv = request.command, request.argv
        if not self.allows_command(command, argv):
            return Denied(Reason.COMMAND, 0)
        if self.databases is not None:
            for position, number in request.databases():
                if number not in self.databases and (number is None or number < self.known.databases):
                    return Denied(Reason.DATABASE, position)
        if not self.all_keys and command.usage.keys:
            for position, permissions in request.accesses():
                if not self.allows_key(argv[position], permissions):
                    return Denied(Reason.KEY, position)
        channels = None if self.all_channels else CHANNELS.get(command.name)
        if channels is not None:
            for position in channels.words(argv):
                if not in_channels(self.channels, argv[position], is_pattern=channels.patterns):
                    return Denied(Reason.CHANNEL, position)
        return None


def in_channels(allowed: Iterable[bytes], channel: bytes, *, is_pattern: bool) -> bool:
    """Tell whether a channel is among the allowed ones. A pattern must be allowed literally."""
    if is_pattern:
        return any(printed(pattern) == printed(channel) for pattern in allowed)
    return any(matcher(pattern)(channel) for pattern in allowed)


def uses_database(command: Command) -> bool:
    """Tell whether a command looks at the database that is selected, or changes it."""
    return bool(command.flags & (WRITES | READONLY)) or (has_keys(command) and command.name not in CHANNELS)


def named_databases(name: str, argv: Sequence[bytes]) -> Sequence[int]:
    """Return which words of a request are numbers of databases."""
    match name:
        case "select":
            return range(1, 2)
        case "swapdb":
            return range(1, 3)
        case "move":
            return range(2, 3)
        case "copy":
            return [at + 1 for at in range(3, len(argv) - 1) if argv[at].upper() == b"DB"]
    return ()


def _numbers(text: bytes) -> frozenset[int]:
    """Read the numbers of databases. Raises RuleError."""
    numbers = set()
    for word in text.split(b","):
        if not re.fullmatch(rb"[-+]?[0-9]+", word):
            raise RuleError(SYNTAX)
        number = int(word)
        if not 0 <= number < 2**31:
            raise RuleError(BAD_DATABASE)
        numbers.add(number)
    return frozenset(numbers)


def interval(patterns: Sequence[bytes]) -> tuple[bytes, bytes]:
    """Return where the keys begin and end, in their order, that a pattern such as `app:*` matches.

    Nothing is between the two if the patterns are not a single one of this kind. To compare a key with both takes a
    third of the time of `startswith`.
    """
    low = patterns[0][:-1] if len(patterns) == 1 else b""
    if not low or patterns[0][-1:] != b"*" or _SPECIAL & {*low} or low[-1] == 255:
        return b"", b""
    return low, low[:-1] + bytes([low[-1] + 1])


def reach(patterns: Sequence[bytes]) -> Reach:
    """Return a function that tells whether all of some keys match one of the patterns each."""
    low, high = interval(patterns)
    if not high:
        return _remembering(patterns)

    def are_between(keys: Sequence[bytes]) -> bool:
        for key in keys:  # noqa: SIM110 (a generator takes twice the time)
            if not low <= key < high:
                return False
        return True

    return are_between


def _remembering(patterns: Sequence[bytes]) -> Reach:
    """The keys that were asked for lately are remembered: most often one call tells it of all."""
    matchers = [matcher(pattern) for pattern in patterns]
    remembered: set[bytes] = set()

    def match(keys: Sequence[bytes]) -> bool:
        if remembered.issuperset(keys):
            return True
        for key in keys:
            if not any(matches(key) for matches in matchers):
                return False
        if len(remembered) >= REMEMBERED_KEYS:
            remembered.clear()
        remembered.update(keys[:REMEMBERED_KEYS])
        return True

    return match


class KeyPlaces(NamedTuple):
    """Which words of a request are its keys, and what is needed there without options and with any."""

    words: slice
    plain: int
    full: int


def key_places(command: Command) -> KeyPlaces | None:
    """Return where all requests of a command have their keys, if that is so simple that a slice says it."""
    words = command.usage.key_slice
    if words is None:
        return None
    request = [b""] * command.minimum
    plain = full = 0
    for index in range(len(command.usage.keys)):
        plain |= needed(key_access_in(command, index, request))
        full |= needed(key_access(command, index))
    return KeyPlaces(words, plain, full)


def _pattern(pattern: bytes) -> bytes:
    if has_spaces(pattern):
        raise RuleError(SYNTAX)
    return pattern
