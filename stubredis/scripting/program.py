"""What can be run, a script or a function, and one run of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from stubredis.client import Client
from stubredis.scripting.flags import NO_WRITES


class Program:
    """A script or a function: its name, the flags that it declares, and the function of Lua that it is."""

    __slots__ = ("flags", "function", "name")

    is_function = False

    def __init__(self, name: bytes, flags: int, function: Any) -> None:
        self.name = name
        self.flags = flags
        self.function = function


class Run:
    """A program that is being run."""

    __slots__ = ("caller", "count", "killed", "killed_at", "program", "read_only", "started_at", "words", "wrote")

    def __init__(self, caller: Client, program: Program, count: int, words: Sequence[bytes], read_only: bool) -> None:
        self.caller = caller
        self.program = program
        self.count = count
        """How many of the words are keys."""
        self.words = words
        self.read_only = True if program.flags & NO_WRITES else read_only
        self.wrote = self.killed = False
        self.killed_at = b""
        self.started_at: int
        """Set once it has given way to others."""
