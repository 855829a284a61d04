"""The kinds of parameters: how their values are read from words, and printed as CONFIG GET prints them."""

from __future__ import annotations

import locale
import os
import re
from difflib import get_close_matches
from pathlib import Path
from typing import Generic, TypeVar

from stubredis.protocol.requests import quote_word
from stubredis.reasons import reason
from stubredis.versions import EMULATED

T = TypeVar("T")

LONGEST = 2**63 - 1
INT_MAX = 2**31 - 1

# Redis knows one spelling of an integer: no sign +, no leading zeros.
_INTEGER = re.compile(r"0|-?[1-9][0-9]{0,18}")
_UNITS = {"": 1, "b": 1, "k": 10**3, "kb": 2**10, "m": 10**6, "mb": 2**20, "g": 10**9, "gb": 2**30}


class Kind(Generic[T]):
    """How the values of a parameter are read from words and printed as CONFIG GET prints them."""

    words: int | None = 1
    """How many words a value takes; None for any number."""

    def parse(self, text: str) -> T:
        """Read a value. Raises ValueError with the reason."""
        raise NotImplementedError

    def format(self, value: T) -> str:
        return str(value)

    def rewrite(self, value: T) -> str:
        """Print a value as CONFIG REWRITE writes it into a conf file."""
        return self.format(value)


class Text(Kind[str]):
    """Any text."""

    def parse(self, text: str) -> str:
        return text

    def rewrite(self, value: str) -> str:
        return quoted(self.format(value))


class Integer(Kind[int]):
    """An integer within bounds; Redis words it differently if it keeps one as an unsigned number."""

    def __init__(self, low: int, high: int, *, unsigned: bool = False) -> None:
        self.low = low
        self.high = high
        self.unsigned = unsigned

    def parse(self, text: str) -> int:
        if not _INTEGER.fullmatch(text):
            raise ValueError("argument couldn't be parsed into an integer")
        value = int(text)
        if not -LONGEST - 1 <= value <= LONGEST:
            raise ValueError("argument couldn't be parsed into an integer")
        return self.check(value)

    def check(self, value: int) -> int:
        if self.unsigned and not 0 <= value <= LONGEST:
            raise ValueError("argument must be greater or equal to 0")
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

    def rewrite(self, value: int) -> str:
        return memory_text(value)


class MemoryOrPercent(Integer):
    """A number of bytes, or a percentage, which is a negative number."""

    def parse(self, text: str) -> int:
        try:
            if text.endswith("%") and _INTEGER.fullmatch(text[:-1]) and not text.startswith("-"):
                value = -int(text[:-1])
            else:
                value = memory(text)
                if value > LONGEST:  # what Redis takes for a negative number
                    value -= 2**64
        except ValueError:
            raise ValueError("argument must be a memory or percent value") from None
        if value < -100:
            raise ValueError("percentage argument must be less or equal to 100")
        return value

    def format(self, value: int) -> str:
        return f"{-value}%" if value < 0 else str(value)

    def rewrite(self, value: int) -> str:
        return self.format(value) if value < 0 else memory_text(value)


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
        for choice in self.choices:
            if choice.lower() == text.lower():
                return choice
        raise ValueError(f"argument(s) must be one of the following: {', '.join(self.choices)}")


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

    def join(self, earlier: tuple[str, ...], later: tuple[str, ...]) -> tuple[str, ...]:
        """Put the lines of a conf file together; an empty one forgets those above it."""
        return earlier + later if later else ()


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
    match = re.fullmatch(r"([0-9]{0,100})([a-z]*)", text.lower())
    if not match or match[2] not in _UNITS:
        raise ValueError("argument must be a memory value")
    return min(int(match[1] or 0), 2**64 - 1) * _UNITS[match[2]]


def memory_text(value: int) -> str:
    """Print a number of bytes in the largest unit that divides it."""
    for name, size in (("gb", 2**30), ("mb", 2**20), ("kb", 2**10)):
        if value and value % size == 0:
            return f"{value // size}{name}"
    return str(value)


def quoted(text: str) -> str:
    """Quote a word for a conf file, its bytes that cannot be printed as escapes."""
    return quote_word(text.encode("utf-8", "surrogateescape")).decode()


class Clamped(Integer):
    """An integer, maybe of bytes, that Redis moves silently into narrower bounds than those it refuses."""

    def __init__(
        self, low: int, high: int, *, least: int, most: int = LONGEST, in_bytes: bool = False, zero: bool = False
    ) -> None:
        super().__init__(low, high)
        self.zero = zero
        """Whether 0 stays 0."""
        self.least = least
        self.most = most
        self.in_bytes = in_bytes

    def parse(self, text: str) -> int:
        value = self.check(memory(text)) if self.in_bytes else super().parse(text)
        return value if self.zero and not value else max(self.least, min(self.most, value))

    def rewrite(self, value: int) -> str:
        return memory_text(value) if self.in_bytes else str(value)


class UnsignedMemory(Memory):
    """Bytes that Redis keeps as an unsigned number: what does not fit into 63 bits counts as negative."""

    def __init__(self, low: int, high: int) -> None:
        super().__init__(low, high, unsigned=True)


class Numbers(Kind[tuple[int, ...]]):
    """A certain number of integers within bounds."""

    def __init__(self, words: int, low: int, high: int) -> None:
        self.words = words
        self.low = low
        self.high = high

    def parse(self, text: str) -> tuple[int, ...]:
        words = text.split()
        if not all(_INTEGER.fullmatch(word) and self.low <= int(word) <= self.high for word in words):
            raise ValueError(f"Invalid oom-score-adj-values, elements must be between {self.low} and {self.high}.")
        return tuple(map(int, words))

    def format(self, value: tuple[int, ...]) -> str:
        return " ".join(map(str, value))


class Flags(Kind[tuple[str, ...]]):
    """Several of some words, the first of which stands for none of the others."""

    words = None

    def __init__(self, *choices: str) -> None:
        self.choices = choices

    def parse(self, text: str) -> tuple[str, ...]:
        words = text.lower().split(" ")
        if not set(words) <= {*self.choices}:
            raise ValueError(f"argument(s) must be one of the following: {', '.join(self.choices)}")
        if {"save", "nosave"} <= set(words):
            raise ValueError("shutdown options SAVE and NOSAVE can't be used simultaneously")
        return tuple(choice for choice in self.choices[1:] if choice in words) or self.choices[:1]

    def format(self, value: tuple[str, ...]) -> str:
        return " ".join(value)


class Primary(Kind[tuple[str, ...]]):
    """A host and a port, or `no one`."""

    words = 2

    def parse(self, text: str) -> tuple[str, ...]:
        host, port = text.split(" ")
        if (host.lower(), port.lower()) == ("no", "one"):
            return ()
        if not _INTEGER.fullmatch(port) or not 0 <= int(port) <= 65535:
            raise ValueError("Invalid master port")
        return host, port

    def format(self, value: tuple[str, ...]) -> str:
        return " ".join(value)


class PlainName(Text):
    """The name of a file or directory, without a path."""

    def __init__(self, name: str, what: str, *, may_be_empty: bool = False) -> None:
        self.name = name
        self.what = what
        self.may_be_empty = may_be_empty

    def parse(self, text: str) -> str:
        if not text and not self.may_be_empty:
            raise ValueError(f"{self.name} can't be empty")
        if "/" in text:
            raise ValueError(f"{self.name} can't be a path, just a {self.what}")
        return text


class Directory(Text):
    """A directory that exists, shown by its whole path."""

    def parse(self, text: str) -> str:
        try:
            os.scandir(text).close()
        except OSError as error:
            raise ValueError(reason(error)) from None
        return str(Path(text).resolve())  # it must mean the same once this is the working directory

    def format(self, value: str) -> str:
        return str(Path(value).resolve())


class Template(Text):
    """Text with variables in braces."""

    def parse(self, text: str) -> str:
        if not text:
            raise ValueError("template format is invalid or contains unknown variables")
        known = r"\{(title|listen-addr|server-mode|port|tls-port|unixsocket|config-file)\}"
        if "{" in re.sub(known, "", text):
            raise ValueError("template format is invalid or contains unknown variables")
        return text


class Locale(Text):
    """The name of a locale that the machine has."""

    def parse(self, text: str) -> str:
        before = locale.setlocale(locale.LC_COLLATE)
        try:
            locale.setlocale(locale.LC_COLLATE, text)
            locale.setlocale(locale.LC_COLLATE, before)
        except locale.Error:
            raise ValueError("Invalid locale name") from None
        return text


class HostName(Text):
    """Letters, digits, hyphens and dots."""

    def parse(self, text: str) -> str:
        if len(text) >= 256:
            raise ValueError("Hostnames must be less than 256 characters")
        if not re.fullmatch(r"[A-Za-z0-9.-]*", text):
            raise ValueError("Hostnames may only contain alphanumeric characters, hyphens or dots")
        return text


class NodeName(Text):
    """Any text without the characters that have a meaning in the file of a cluster's nodes."""

    def parse(self, text: str) -> str:
        if re.search(r"[!#$%&()*+:;<>?@\[\]^{|}~]", text):
            raise ValueError("Announced human node name contained invalid character")
        return text


class Addresses(Words):
    """Addresses to listen on, as many as Redis takes; nothing, or an empty word, for none."""

    most = 16

    def parse(self, text: str) -> tuple[str, ...]:
        words = super().parse(text)
        if len(words) > self.most:
            raise ValueError("Too many bind addresses specified.")
        return words


class Percentiles(Kind[tuple[float, ...]]):
    """Percentages with or without a fraction; nothing, or an empty word, for none."""

    words = None

    def parse(self, text: str) -> tuple[float, ...]:
        try:
            percentiles = tuple(map(float, text.split()))
        except ValueError:
            raise ValueError("Invalid latency-tracking-info-percentiles parameters") from None
        if not all(0 <= percentile <= 100 for percentile in percentiles):
            raise ValueError("latency-tracking-info-percentiles parameters should sit between [0.0,100.0]")
        return percentiles

    def format(self, value: tuple[float, ...]) -> str:
        return " ".join(f"{percentile:g}" for percentile in value)


class Emulation(Choice):
    """The name of a server and its version."""

    def __init__(self) -> None:
        super().__init__(*EMULATED)

    def parse(self, text: str) -> str:
        if text.lower() not in self.choices:
            near = get_close_matches(text.lower(), self.choices, 3, 0.5) or self.choices
            raise ValueError(f"unknown version '{text}', the nearest are: {', '.join(near)}")
        return text.lower()
