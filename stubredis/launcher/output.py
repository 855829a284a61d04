"""What servers print: taken apart, made readable, and the last lines kept for when something goes wrong."""

from __future__ import annotations

import os
import re
import sys
from collections import deque
from collections.abc import Iterator
from typing import NamedTuple, TextIO

TAIL = 20
"""Lines that are kept."""

LONGEST = 4096
"""Bytes of a line; what is longer comes in pieces."""

LINE = re.compile(
    r"^(?:\[(?P<memurai>\d+)\]|(?P<redis>\d+):(?P<role>[A-Z]))\s+"
    r"\d{1,2} \w{3}(?: \d{4})? (?P<time>\d\d:\d\d:\d\d\.\d{3})\s+(?P<mark>[.\-*#])\s(?P<text>.*)"
)
"""A line of the log of Redis or Valkey, `4711:M 23 Nov 2026 06:11:15.332 * text`, or Memurai, `[4711] 24 Aug ...`."""

NOISE = re.compile(
    r"WARNING:? Memory overcommit must be enabled|WARNING overcommit_memory is set to 0"
    r"|oO0OoO0OoO0Oo|Warning: no config file specified|Reading config from stdin"
)
"""What is true but no news on a machine of a developer."""

READY = re.compile(r"ready to accept connections", re.IGNORECASE)
SECRET = re.compile(r"\b(requirepass|masterauth)\b.*", re.IGNORECASE)


class Line(NamedTuple):
    """One line of a log; the time is empty, and the mark too, if it does not look like one."""

    time: str
    mark: str
    text: str

    @property
    def is_noise(self) -> bool:
        return bool(NOISE.search(self.text))

    @property
    def says_ready(self) -> bool:
        return bool(READY.search(self.text))

    def __str__(self) -> str:
        return f"{self.time} {self.mark} {self.text}" if self.mark else self.text


def parse(raw: str) -> Line:
    """Take a line apart. Passwords in complaints about options are left out."""
    text = SECRET.sub(r"\1 (hidden)", raw.rstrip())
    if match := LINE.match(text):
        return Line(match["time"], match["mark"], match["text"])
    return Line("", "", text)


class Lines:
    """Makes lines of the pieces in which a pipe delivers them."""

    def __init__(self) -> None:
        self._rest = b""
        self.tail: deque[str] = deque(maxlen=TAIL)

    def feed(self, data: bytes) -> Iterator[Line]:
        """Yield the lines that are complete; no data means that no more will come."""
        *complete, self._rest = (self._rest + data).split(b"\n")
        if self._rest and (not data or len(self._rest) > LONGEST):
            complete.append(self._rest)
            self._rest = b""
        for raw in complete:
            line = parse(raw.decode("utf-8", "replace"))
            if line.text:
                self.tail.append(str(line))
                yield line


class Printer:
    """Prints lines with the name of who says them; that it cannot, as on a full disk, must not disturb the servers."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream: TextIO | None = sys.stdout if stream is None else stream
        self.width = 0
        """Of the names, so that lines stand below one another."""
        self.lost = 0

    def say(self, text: str) -> None:
        """Print what the launcher itself has to say."""
        self._print(f"stubredis: {text}")

    def pass_on(self, name: str, line: Line) -> None:
        """Print what a server has said."""
        if not line.is_noise:
            self._print(f"{name:{self.width}} | {line}")

    def _print(self, text: str) -> None:
        if self._stream is None:
            return
        try:
            print(text, file=self._stream, flush=True)
        except BrokenPipeError:
            # Nobody reads any more. What is buffered goes nowhere, or Python would complain of it at its end.
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self._stream.fileno())
            os.close(nowhere)
            self._stream = None
        except (OSError, ValueError):
            self.lost += 1
