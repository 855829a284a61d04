"""What EVAL and FCALL have in common: their flags, and the keys and other arguments of a request."""

from __future__ import annotations

from collections.abc import Sequence

from stubredis.arguments import integer
from stubredis.command import NO_MANDATORY_KEYS, NOSCRIPT, SKIP_MONITOR, STALE
from stubredis.errors import CommandError

RUN = NOSCRIPT | STALE | SKIP_MONITOR | NO_MANDATORY_KEYS
KEYS = "numkeys [key [key ...]] [arg [arg ...]]"


def key_count(numkeys: bytes, words: Sequence[bytes]) -> int:
    """Return how many of the words behind `numkeys` are keys. Raises CommandError."""
    count = integer(numkeys)
    if 0 <= count <= len(words):
        return count
    if count < 0:
        raise CommandError(b"ERR Number of keys can't be negative")
    raise CommandError(b"ERR Number of keys can't be greater than number of args")
