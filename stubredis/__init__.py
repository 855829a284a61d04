"""stubredis: a Redis-compatible server in Python."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from stubredis.versions import __version__

if TYPE_CHECKING:
    from stubredis.clock import Clock, ManualClock
    from stubredis.config import Config, ConfigError
    from stubredis.embedding import running
    from stubredis.server import Server

__all__ = ["Clock", "Config", "ConfigError", "ManualClock", "Server", "__version__", "running"]

_HOMES = {
    "Clock": "clock",
    "Config": "config",
    "ConfigError": "config",
    "ManualClock": "clock",
    "Server": "server",
    "running": "embedding",
}


def __getattr__(name: str) -> Any:
    # Imported when they are asked for: the command line mostly needs no server.
    if name in _HOMES:
        value = getattr(importlib.import_module(f"stubredis.{_HOMES[name]}"), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
