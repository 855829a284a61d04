"""The server's log, in the format of Redis: process, date, a mark for the level, the message."""

from __future__ import annotations

import io
import logging
import os
import sys

NOTICE = logging.INFO + 5
"""The level of what an operator wants to see of a server that works: Redis' `notice`."""

LEVELS = {
    "debug": logging.DEBUG,
    "verbose": logging.INFO,
    "notice": NOTICE,
    "warning": logging.WARNING,
    "nothing": logging.CRITICAL + 1,
}
_MARKS = {logging.DEBUG: ".", logging.INFO: "-", NOTICE: "*"}


class Formatter(logging.Formatter):
    """Lines such as `4711:M 23 Nov 2026 10:15:00.123 * Ready to accept connections tcp`."""

    def __init__(self) -> None:
        super().__init__("%(message)s", "%d %b %Y %H:%M:%S")

    def format(self, record: logging.LogRecord) -> str:
        date = f"{self.formatTime(record, self.datefmt)}.{int(record.msecs):03d}"
        return f"{os.getpid()}:M {date} {_MARKS.get(record.levelno, '#')} {super().format(record)}"


def set_up(level: str, file: str) -> None:
    """Log to a file, or to the standard output, each line at once. Raises OSError."""
    # What is logged may be any bytes of a client or of a file, and Windows' own encoding knows few characters.
    handler: logging.Handler
    if file:
        handler = logging.FileHandler(file, encoding="utf-8", errors="backslashreplace")
    else:
        if isinstance(sys.stdout, io.TextIOWrapper):
            sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")
        handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(Formatter())
    logger = logging.getLogger("stubredis")
    logger.handlers[:] = [handler]
    logger.propagate = False
    set_level(level)


def set_level(level: str) -> None:
    """Log from a level of the configuration on."""
    logging.getLogger("stubredis").setLevel(LEVELS[level])
