"""One table of the configuration: conf file, command line, CONFIG GET/SET and `--help` all read it.

A parameter is declared once, as an attribute of Config:

    timeout = Parameter(Integer(0, 2**31 - 1), 0, "Close idle connections after so many seconds (0: never)")

and then read as `config.timeout`. Names are Redis' own, with underscores for dashes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Generic, TypeVar, overload

from stubredis.datatypes.glob import matcher
from stubredis.protocol.requests import split_words

T = TypeVar("T")

GIGABYTE = 1024**3
LONGEST = 2**63 - 1

IMMUTABLE = "can't set immutable config"
PROTECTED = "can't set protected config"

# Redis knows one spelling of an integer: no sign +, no leading zeros.
_INTEGER = re.compile(r"0|-?[1-9][0-9]{0,18}")
_UNITS = {"": 1, "b": 1, "k": 10**3, "kb": 2**10, "m": 10**6, "mb": 2**20, "g": 10**9, "gb": 2**30}


class ConfigError(Exception):
    """A parameter or value that is refused: `name` and the reason, worded as Redis words it."""

    UNKNOWN = "unknown parameter"

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"{name}: {reason}")
        self.name = name
        self.reason = reason


class Kind(Generic[T]):
    """How the values of a parameter are read from words and printed as CONFIG GET prints them."""

    words: int | None = 1
    """How many words a value takes; None for any number."""

    def parse(self, text: str) -> T:
        """Read a value. Raises ValueError with the reason."""
        raise NotImplementedError

    def format(self, value: T) -> str:
        return str(value)


class Text(Kind[str]):
    """Any text."""

    def parse(self, text: str) -> str:
        return text


class Integer(Kind[int]):
    """An integer within bounds."""

    def __init__(self, low: int, high: int) -> None:
        self.low = low
        self.high = high

    def parse(self, text: str) -> int:
        if not _INTEGER.fullmatch(text):
            raise ValueError("argument couldn't be parsed into an integer")
        return self.check(int(text))

    def check(self, value: int) -> int:
        if not self.low <= value <= self.high:
            raise ValueError(f"argument must be between {self.low} and {self.high} inclusive")
        return value


class Octal(Integer):
    """Permission bits, written in octal; 0 for the system's default."""

    def parse(self, text: str) -> int:
        if not re.fullmatch(r"[0-7]{1,5}", text):
            raise ValueError("argument couldn't be parsed as an octal number")
        return self.check(int(text, 8))

    def format(self, value: int) -> str:
        return f"{value:o}"


class Memory(Integer):
    """A number of bytes, with a unit such as `mb` (1024 based) or `m` (1000 based)."""

    def parse(self, text: str) -> int:
        return self.check(memory(text))


class Boolean(Kind[bool]):
    """`yes` or `no`."""

    def parse(self, text: str) -> bool:
        if text.lower() not in ("yes", "no"):
            raise ValueError("argument must be 'yes' or 'no'")
        return text.lower() == "yes"

    def format(self, value: bool) -> str:
        return "yes" if value else "no"


class Choice(Kind[str]):
    """One of several words."""

    def __init__(self, *choices: str) -> None:
        self.choices = choices

    def parse(self, text: str) -> str:
        if text.lower() not in self.choices:
            raise ValueError(f"argument(s) must be one of the following: {', '.join(self.choices)}")
        return text.lower()


class Words(Kind[tuple[str, ...]]):
    """Any number of words, such as the addresses of `bind`."""

    words = None

    def parse(self, text: str) -> tuple[str, ...]:
        return tuple(text.split())

    def format(self, value: tuple[str, ...]) -> str:
        return " ".join(value)


class SavePoints(Words):
    """Pairs of seconds and changes; nothing, or an empty word, for no saving."""

    def parse(self, text: str) -> tuple[str, ...]:
        words = super().parse(text)
        numbers = [int(word) if _INTEGER.fullmatch(word) else -1 for word in words]
        if len(words) % 2 or any(seconds < 1 for seconds in numbers[::2]) or any(count < 0 for count in numbers[1::2]):
            raise ValueError("Invalid save parameters")
        return words


BufferLimit = tuple[int, int, int]
"""Hard limit in bytes, soft limit in bytes, seconds above the soft limit; 0 for none."""


class BufferLimits(Kind[dict[str, BufferLimit]]):
    """`normal 0 0 0 pubsub 32mb 8mb 60`: classes of clients and the limits of their output buffers."""

    words = None
    classes = ("normal", "slave", "pubsub")

    def parse(self, text: str) -> dict[str, BufferLimit]:
        words = text.split()
        if len(words) % 4:
            raise ValueError("Wrong number of arguments in buffer limit configuration.")
        limits = {}
        for name, hard, soft, seconds in zip(*[iter(words)] * 4, strict=True):
            name = {"replica": "slave"}.get(name.lower(), name.lower())
            if name not in self.classes:
                raise ValueError("Invalid client class specified in buffer limit configuration.")
            try:
                limits[name] = (memory(hard), memory(soft), Integer(0, LONGEST).parse(seconds))
            except ValueError:
                raise ValueError("Error in hard, soft or soft_seconds setting in buffer limit configuration.") from None
        return limits

    def format(self, value: dict[str, BufferLimit]) -> str:
        return " ".join(f"{name} {hard} {soft} {seconds}" for name, (hard, soft, seconds) in value.items())


class EventClasses(Kind[frozenset[str]]):
    """The letters of keyspace events; `A` stands for those that most people want."""

    usual = "g$lshzxetd"
    others = "noc"
    """Classes that `A` does not contain, and beside which Redis does not print them."""

    def parse(self, text: str) -> frozenset[str]:
        letters = frozenset(text.replace("A", self.usual))
        if not letters <= {*self.usual, *self.others, *"KEm"}:
            raise ValueError("Invalid event class character. Use 'Ag$lshzxeKEtmdn'.")
        return letters

    def format(self, value: frozenset[str]) -> str:
        every = value.issuperset(self.usual)
        classes = "A" if every else "".join(letter for letter in self.usual + self.others if letter in value)
        return classes + "".join(letter for letter in "KEm" if letter in value)


def memory(text: str) -> int:
    """Read a number of bytes such as `64mb`. Raises ValueError."""
    match = re.fullmatch(r"([0-9]{0,19})([a-z]*)", text.lower())
    if not match or match[2] not in _UNITS:
        raise ValueError("argument must be a memory value")
    return int(match[1] or 0) * _UNITS[match[2]]


class Parameter(Generic[T]):
    """One parameter: its kind, its default, what it is for, and why CONFIG SET may not change it, if so.

    `effect` is False for a parameter that is only known, kept and reported, so that configuration written
    for Redis is understood.
    """

    name: str

    def __init__(self, kind: Kind[T], default: T, summary: str, *, refusal: str = "", effect: bool = True) -> None:
        self.kind = kind
        self.default = default
        self.summary = summary
        self.refusal = refusal
        self.effect = effect

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name.replace("_", "-")
        TABLE[self.name] = self

    @overload
    def __get__(self, config: None, owner: type) -> Parameter[T]: ...
    @overload
    def __get__(self, config: Config, owner: type) -> T: ...
    def __get__(self, config: Config | None, owner: type) -> Parameter[T] | T:
        if config is None:
            return self
        return config.values[self.name]  # type: ignore[no-any-return]

    def __set__(self, config: Config, value: T) -> None:
        config.values[self.name] = value

    def read(self, words: Sequence[str], current: T) -> T:
        """Read the words of a setting. Raises ConfigError."""
        if self.kind.words is not None and len(words) != self.kind.words:
            raise ConfigError(self.name, "wrong number of arguments")
        try:
            value = self.kind.parse(" ".join(words))
        except ValueError as error:
            raise ConfigError(self.name, str(error)) from None
        if isinstance(value, dict) and isinstance(current, dict):  # classes that are not named keep their limits
            return {**current, **value}  # type: ignore[return-value]
        return value


TABLE: dict[str, Parameter[Any]] = {}
"""All parameters by name, in the order of their declaration."""


class Config:
    """The configuration of one server, with Redis' defaults where nothing else is said."""

    port = Parameter(Integer(0, 65535), 6379, "TCP port; 0 picks a free one", refusal=IMMUTABLE)
    bind = Parameter(
        Words(),
        ("127.0.0.1", "-::1"),
        "Addresses to listen on; a leading - makes one optional",
        refusal=IMMUTABLE,
    )
    unixsocket = Parameter(Text(), "", "Path of a unix socket to listen on as well", refusal=IMMUTABLE)
    unixsocketperm = Parameter(Octal(0, 0o777), 0, "Permissions of the unix socket, in octal", refusal=IMMUTABLE)
    tcp_backlog = Parameter(Integer(0, 2**31 - 1), 511, "Connections that may wait to be accepted", refusal=IMMUTABLE)
    tcp_keepalive = Parameter(Integer(0, 2**31 - 1), 300, "Seconds between probes of idle connections (0: none)")
    timeout = Parameter(Integer(0, 2**31 - 1), 0, "Close clients that are idle for so many seconds (0: never)")
    databases = Parameter(Integer(1, 2**31 - 1), 16, "Number of databases", refusal=IMMUTABLE)
    requirepass = Parameter(Text(), "", "Password that clients must give with AUTH")
    maxclients = Parameter(Integer(1, 2**32 - 1), 10000, "Connections served at the same time")
    proto_max_bulk_len = Parameter(Memory(1024**2, LONGEST), 512 * 1024**2, "Longest value in a request, in bytes")
    hll_sparse_max_bytes = Parameter(Memory(0, LONGEST), 3000, "Longest HyperLogLog of the sparse encoding, in bytes")
    client_query_buffer_limit = Parameter(
        Memory(1024**2, LONGEST), GIGABYTE, "Bytes of unread requests a client may have"
    )
    client_output_buffer_limit = Parameter(
        BufferLimits(),
        # Redis lets normal clients have any amount. Here one that does not read ends at a gigabyte.
        {
            "normal": (GIGABYTE, 0, 0),
            "slave": (256 * 2**20, 64 * 2**20, 60),
            "pubsub": (32 * 2**20, 8 * 2**20, 60),
        },
        "Class, hard limit, soft limit and seconds: unread replies a client may have",
    )
    stream_node_max_bytes = Parameter(
        Memory(0, LONGEST), 4096, "Bytes of a node of a stream, which trimming with ~ removes as a whole (0: no limit)"
    )
    stream_node_max_entries = Parameter(
        Integer(0, LONGEST),
        100,
        "Entries of a node of a stream, which trimming with ~ removes as a whole (0: no limit)",
    )
    loglevel = Parameter(
        Choice("debug", "verbose", "notice", "warning", "nothing"), "notice", "Least level that is logged"
    )
    logfile = Parameter(Text(), "", "File for the log instead of the standard output", refusal=IMMUTABLE)
    notify_keyspace_events = Parameter(
        EventClasses(), frozenset(), "Events of keys to publish: K or E for the channel, A or letters for the classes"
    )
    save = Parameter(SavePoints(), (), "Save points", effect=False)
    appendonly = Parameter(Boolean(), False, "Append-only file", effect=False)
    maxmemory = Parameter(Memory(0, LONGEST), 0, "Limit of memory", effect=False)
    maxmemory_policy = Parameter(
        Choice(
            "volatile-lru", "volatile-lfu", "volatile-random", "volatile-ttl",
            "allkeys-lru", "allkeys-lfu", "allkeys-random", "noeviction",
        ),
        "noeviction", "What to evict at the limit of memory", effect=False,
    )  # fmt: skip
    lfu_log_factor = Parameter(Integer(0, 2**31 - 1), 10, "How slowly the counter of OBJECT FREQ grows")
    lfu_decay_time = Parameter(Integer(0, 2**31 - 1), 1, "Minutes after which the counter of OBJECT FREQ decays")
    dir = Parameter(Text(), ".", "Working directory", refusal=PROTECTED, effect=False)
    dbfilename = Parameter(Text(), "dump.rdb", "Name of the snapshot", refusal=PROTECTED, effect=False)
    daemonize = Parameter(Boolean(), False, "Run in the background", refusal=IMMUTABLE, effect=False)
    protected_mode = Parameter(Boolean(), True, "Refuse other hosts while there is no password", effect=False)
    busy_reply_threshold = Parameter(
        Integer(0, LONGEST), 5000, "Milliseconds after which a script that still runs lets others be answered with BUSY"
    )

    def __init__(self, **values: Any) -> None:
        """Start from the defaults and these values, which may be text as in a conf file. Raises ConfigError."""
        self.values: dict[str, Any] = {name: parameter.default for name, parameter in TABLE.items()}
        self.file = ""
        """The conf file that was read last, as INFO shows it."""
        self.on_change: dict[str, Callable[[], None]] = {}
        """Called after CONFIG SET of a parameter, to put it into effect."""
        for name, value in values.items():
            words = value if isinstance(value, (list, tuple)) else [value]
            self.apply(name.replace("_", "-"), [format_word(word) for word in words])

    def apply(self, name: str, words: Sequence[str]) -> None:
        """Set a parameter from words, as a conf file or the command line gives them. Raises ConfigError."""
        parameter = TABLE.get(name.lower())
        if parameter is None:
            raise ConfigError(name, "Bad directive or wrong number of arguments")
        self.values[parameter.name] = parameter.read(words, self.values[parameter.name])

    def load(self, text: bytes, file: str) -> None:
        """Read the text of a conf file. Raises ConfigError naming file and line."""
        self.file = file
        for number, line in enumerate(text.splitlines(), 1):
            line = line.strip()
            if not line or line.startswith(b"#"):
                continue
            where = f"{file}, line {number}"
            words = split_words(line)
            if words is None:
                raise ConfigError(where, "Unbalanced quotes in configuration line")
            name, *values = (word.decode("utf-8", "surrogateescape") for word in words)
            try:
                self.apply(name, values)
            except ConfigError as error:
                raise ConfigError(f"{where}: {error.name}", error.reason) from None

    def get(self, patterns: Iterable[bytes]) -> dict[bytes, bytes]:
        """Return the parameters that match one of the patterns, as CONFIG GET prints them.

        A name that is no pattern is shown as it was asked for, capitals included.
        """
        shown: dict[str, bytes] = {}
        for pattern in patterns:
            matches = matcher(pattern.lower())
            for name in TABLE:
                if matches(name.encode()):
                    shown.setdefault(name, pattern if pattern.lower() == name.encode() else name.encode())
        return {
            spelling: TABLE[name].kind.format(self.values[name]).encode("utf-8", "surrogateescape")
            for name, spelling in shown.items()
        }

    def set(self, pairs: Sequence[tuple[str, str]]) -> None:
        """Change several parameters, all or none. Raises ConfigError, its name the parameter at fault.

        As in Redis, the names are looked at before any value.
        """
        texts: dict[str, str] = {}
        for name, text in pairs:
            parameter = TABLE.get(name.lower())
            if parameter is None:
                raise ConfigError(name, ConfigError.UNKNOWN)
            if parameter.refusal:
                raise ConfigError(name, parameter.refusal)
            if parameter.name in texts:
                raise ConfigError(name, "duplicate parameter")
            texts[parameter.name] = text
        new: dict[str, Any] = {}
        for name, text in texts.items():
            parameter = TABLE[name]
            words = [text] if parameter.kind.words == 1 else text.split()
            new[name] = parameter.read(words, self.values[name])
        self.values.update(new)
        for name in new:
            if name in self.on_change:
                self.on_change[name]()


TABLE["lua-time-limit"] = Config.busy_reply_threshold  # its former name


def format_word(value: object) -> str:
    """Print a Python value as a conf file would have it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)
