"""Requests as the logs and MONITOR show them: without the passwords in them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

REDACTED = b"(redacted)"
SECRET_PARAMETERS = frozenset({b"requirepass", b"masterauth", b"masteruser", b"primaryauth", b"primaryuser",
                               b"tls-key-file-pass", b"tls-client-key-file-pass"})  # fmt: skip


def redacted(name: str, argv: list[bytes]) -> list[bytes]:
    """Return the words of a request of the command of this name with its passwords hidden."""
    secret = _secrets(name, argv)
    return [REDACTED if position in secret else word for position, word in enumerate(argv)] if secret else argv


def _secrets(name: str, argv: Sequence[bytes]) -> Collection[int]:
    """Find the words that are secret."""
    match name:
        case "auth":
            return range(1, len(argv))
        case "acl|setuser":
            return range(2, len(argv))
        case "config|set":
            return [at + 1 for at in range(2, len(argv), 2) if argv[at].lower() in SECRET_PARAMETERS]
        case "hello":
            return _behind(argv, 1, {b"AUTH": 2})
        case "migrate":
            return _behind(argv, 6, {b"AUTH": 1, b"AUTH2": 2})
    return ()


def _behind(argv: Sequence[bytes], start: int, counts: Mapping[bytes, int]) -> Collection[int]:
    """Find the words behind the first option, as many as belong to it."""
    for at in range(start, len(argv)):
        count = counts.get(argv[at].upper())
        if count is not None:
            return range(at + 1, at + 1 + count)
    return ()
