"""stubredis: a Redis-compatible server in Python."""

from __future__ import annotations

from stubredis.clock import Clock, ManualClock
from stubredis.config import Config, ConfigError
from stubredis.embedding import running
from stubredis.server import Server
from stubredis.versions import __version__

__all__ = ["Clock", "Config", "ConfigError", "ManualClock", "Server", "__version__", "running"]
