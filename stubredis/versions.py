"""The versions of Redis and Valkey: what came with which of them, and what a server that stands for one reports."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple, TypeVar

__version__ = "0.1.0"
"""The version of stubredis."""

COMPATIBLE_WITH = "8.2.3"
"""The newest Redis whose commands are all there, but those of clusters and replicas: INFO and HELLO report it."""

Version = tuple[int, ...]
Key = TypeVar("Key", str, bytes)
V = TypeVar("V")

FORK: Version = (7, 2, 4)
"""Valkey has all that Redis had then."""


def version(text: str) -> Version:
    return tuple(map(int, text.split(".")))


class Origin(NamedTuple):
    """The version of Redis, and that of Valkey, that brought a command or an option; None if it does not have it.

    Written `7.0.0` for what both have had since before they parted, `8.2.0` for what only Redis has,
    `valkey-9.0.0` for what only Valkey has, and `7.4.0 valkey-9.0.0` for what both have added.
    """

    redis: str | None
    valkey: str | None

    @classmethod
    @cache
    def parse(cls, text: str) -> Origin:
        redis = valkey = None
        for word in text.split():
            if word.startswith("valkey-"):
                valkey = word.removeprefix("valkey-")
            else:
                redis = word
        if redis is not None and valkey is None and version(redis) <= FORK:
            valkey = redis
        return cls(redis, valkey)

    @property
    def text(self) -> str:
        """The version that COMMAND DOCS shows: that of Redis, or of Valkey if only Valkey has it."""
        return self.redis or self.valkey or ""


@dataclass(frozen=True)
class Emulated:
    """A server to stand for: how far it knows Redis' or Valkey's commands, and what it says of itself."""

    name: str
    redis: str
    """What it reports as `redis_version`; also its level, unless it is a Valkey or everything is known."""
    valkey: str | None = None
    memurai: str | None = None
    knows_all: bool = False

    @property
    def product(self) -> str:
        """What HELLO calls the server."""
        return "redis" if self.valkey is None else "valkey"

    @property
    def version(self) -> str:
        """The version in HELLO."""
        return self.valkey or self.redis

    @property
    def before_7(self) -> bool:
        """Whether subcommands are no commands yet, and unknown ones are refused in the words of Redis 6."""
        return version(self.redis) < (7, 0, 0)

    @property
    def payload_version(self) -> int:
        """The version of the format of values that the server writes, unless a value needs a newer one."""
        return 9 if self.before_7 else 10 if self.before("7.2.0") else 11

    @property
    def number(self) -> int:
        """The version of Redis as one number, for scripts: 0x00MMmmpp."""
        major, minor, patch = version(self.redis)
        return major << 16 | minor << 8 | patch

    def before(self, since: str) -> bool:
        """Tell whether the server is older than a version that brought something."""
        return not self.has(Origin.parse(since))

    def has(self, origin: Origin) -> bool:
        """Tell whether the server has what came with these versions."""
        if self.knows_all:
            return True
        since, level = (origin.redis, self.redis) if self.valkey is None else (origin.valkey, self.valkey)
        return since is not None and version(since) <= version(level)

    def shows(self, origin: Origin) -> bool:
        """Tell whether the server has a field of a reply. Where everything is known, replies are those of Redis."""
        return origin.redis is not None if self.knows_all else self.has(origin)

    def since(self, origin: Origin) -> str:
        """The version of its own kind that brought something, where it has it."""
        return (origin.redis if self.valkey is None else origin.valkey) or origin.text

    def fields(self) -> dict[str, object]:
        """What INFO says of the version."""
        fields: dict[str, object] = {}
        if self.memurai is not None:
            fields |= {"memurai_edition": "Memurai Developer", "memurai_version": self.memurai}
        fields["redis_version"] = self.redis
        if self.valkey is not None:
            fields |= {"server_name": "valkey", "valkey_version": self.valkey}
        return fields


class NewerFields:
    """Which version brought the fields of a reply that not all servers have, written as in a command's declaration."""

    def __init__(self, newer: Mapping[str, str]) -> None:
        self.origins: dict[str | bytes, Origin] = {}
        for since, fields in newer.items():
            for field in fields.split():
                self.origins[field] = self.origins[field.encode()] = Origin.parse(since)

    def known(self, emulated: Emulated, fields: dict[Key, V]) -> dict[Key, V]:
        """Return those of the fields that a server has."""
        origins = self.origins
        return {name: value for name, value in fields.items() if name not in origins or emulated.shows(origins[name])}


LATEST = Emulated("latest", COMPATIBLE_WITH, knows_all=True)

EMULATED = {
    emulated.name: emulated
    for emulated in (
        Emulated("redis-6.2", "6.2.14"),
        Emulated("redis-7.0", "7.0.15"),
        Emulated("redis-7.2", "7.2.4"),
        Emulated("redis-7.4", "7.4.7"),
        Emulated("redis-8.0", "8.0.3"),
        Emulated("redis-8.2", "8.2.3"),
        Emulated("valkey-8.1", "7.2.4", valkey="8.1.3"),
        Emulated("valkey-9.1", "7.2.4", valkey="9.1.2"),
        Emulated("memurai-4", "7.2.5", memurai="4.1.2"),
        LATEST,
    )
}
"""The servers that `emulate` names."""
