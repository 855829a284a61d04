"""The options of a verb, read by argparse, with the project's words for what is wrong."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from difflib import get_close_matches
from typing import NoReturn

from stubredis.cli.mistakes import UsageError


class Parser(argparse.ArgumentParser):
    """Raises UsageError where argparse would print its usage and end the process."""

    def __init__(self, verb: str, description: str) -> None:
        super().__init__(
            prog=f"stubredis {verb}",
            description=description,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )

    def read(self, words: Sequence[str]) -> argparse.Namespace:
        """Return the options. Raises UsageError."""
        known, rest = self.parse_known_args(words)
        if rest:
            word = rest[0].partition("=")[0]
            if not word.startswith("-"):
                self.error(f"unexpected word '{word}'")
            options = [option for action in self._actions for option in action.option_strings]
            nearest = get_close_matches(word, options, n=1)
            self.error(f"unknown option '{word}'" + (f" (did you mean {nearest[0]}?)" if nearest else ""))
        return known

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message.removeprefix('argument ')}; see: {self.prog} --help")


def port(text: str) -> int:
    """Read a port."""
    if not text.isascii() or not text.isdigit() or not 0 < int(text) < 65536:
        raise argparse.ArgumentTypeError(f"'{text}' is no port; it must be between 1 and 65535")
    return int(text)


def seconds(text: str) -> float:
    """Read a duration."""
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < 1e9:
        raise argparse.ArgumentTypeError(f"'{text}' is no number of seconds")
    return value


def count(text: str) -> int:
    """Read how many servers there are to be."""
    if not text.isascii() or not text.isdigit() or int(text) > 100:
        raise argparse.ArgumentTypeError(f"'{text}' is no number between 0 and 100")
    return int(text)
