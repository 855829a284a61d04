"""stubredis: a Redis-compatible server in Python."""

from __future__ import annotations

__version__ = "0.1.0"

from stubredis.clock import Clock, ManualClock
from stubredis.config import Config, ConfigError
from stubredis.embedding import running
from stubredis.server import Server

__all__ = ["Clock", "Config", "ConfigError", "ManualClock", "Server", "__version__", "running"]
