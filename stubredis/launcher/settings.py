"""What the launcher is told of the server that it is to bring up; where it was written is the reader's matter."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

DEFAULT_PORT = 6379


class Provider(StrEnum):
    """Which server, by the words of `persistence.redis.provider`."""

    STUB = "stub"
    MEMURAI = "memurai"
    REDIS = "redis"


@dataclass(frozen=True)
class Address:
    """Where a server is reached."""

    host: str = "127.0.0.1"
    port: int = DEFAULT_PORT

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


@dataclass(frozen=True)
class Settings:
    """Everything that decides what is launched. The password is empty where there is none."""

    provider: Provider = Provider.STUB
    password: str = ""
    master: Address = Address()
    replicas: Address | None = None
    """Where replicas are reached; None means the master, which then serves the reads too."""
    replica_count: int = 0
    memurai_path: str = ""
    """A file, a folder, or a name that is looked up in PATH; empty for `memurai`."""
    master_persistence: bool = False
    replica_persistence: bool = False
    redis_path: str = ""
    """A file or a folder; empty for `redis-server` or `valkey-server` in PATH."""
    data_folder: str = ""
    """Where servers with persistence keep their data; empty for the user's own folder for that."""
    environment: str = ""
    """The name of the environment that was read, for messages; empty without a configuration."""
    sources: dict[str, str] = field(default_factory=dict)
    """From the dotted name of a setting (`persistence.redis.provider`) to the file it came from, for messages."""


class SettingsError(Exception):
    """A configuration that cannot be used: one line with the file, the key and the reason."""
