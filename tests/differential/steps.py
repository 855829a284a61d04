"""The steps of a differential case: what is sent, by which client, and how its reply is compared.

A plain tuple of words is a step of client "a" whose reply must be the same byte for byte. The functions here
make other steps; each takes the words, or a step to change further: `on("b", unordered("SMEMBERS", "s"))`.

A step reads the next reply of its client, whatever it is: what was pushed to a client is to be read, by `expect` or
`arrived`, before the client's next request. Otherwise that request may still be under way at the step after it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TypeAlias

from tests.differential import agreement
from tests.differential.agreement import Agreement
from tests.differential.resp import encode

Word: TypeAlias = "str | bytes | int | float"


@dataclass(frozen=True)
class Step:
    """One thing that happens in a case."""

    text: str
    payload: bytes = b""
    client: str = "a"
    #: How many replies to wait for; None takes whatever has arrived, which may be nothing.
    replies: int | None = 1
    agree: Agreement = agreement.same_bytes
    #: The server is to have read the request, but need not have answered it.
    blocks: bool = False
    #: The server is to close the connection.
    closes: bool = False
    #: By how much our clock moves.
    milliseconds: int = 0


def step(*words: Word | Step) -> Step:
    """Return the step that these words mean; a step stays what it is."""
    if isinstance(words[0], Step):
        assert len(words) == 1, "a step takes no further words"
        return words[0]
    request = tuple(word if isinstance(word, bytes) else str(word).encode() for word in words)
    return Step(" ".join(_shown(word) for word in request), encode(request))


def on(client: str, *words: Word | Step) -> Step:
    """Send from the client of this name, which connects when it is first named."""
    return replace(step(*words), client=client)


def raw(payload: bytes, replies: int | None = 1) -> Step:
    """Send these bytes as they are: inline commands, several requests at once, protocol errors."""
    return Step(repr(payload), payload, replies=replies)


def inline(line: str, count: int = 1) -> Step:
    """Send an inline command, in which `<id of b>` stands for the number of client "b"."""
    return replace(raw(line.encode() + b"\r\n", count), text=line)


def replies(count: int, *words: Word | Step) -> Step:
    """Wait for this many replies: one a channel of SUBSCRIBE, none after CLIENT REPLY OFF."""
    return replace(step(*words), replies=count)


def begin(*words: Word | Step) -> Step:
    """Send a command that may block, and go on; `expect` reads its reply."""
    return replace(step(*words), replies=0, blocks=True)


def expect(client: str = "a", count: int = 1) -> Step:
    """Wait for replies to what was sent before, or for pushes."""
    return Step("(expect)", client=client, replies=count)


def arrived(client: str = "a") -> Step:
    """Compare what has arrived by now, which may be nothing."""
    return Step("(arrived)", client=client, replies=None)


def closed(client: str = "a") -> Step:
    """Wait until the server closes the connection."""
    return Step("(closed)", client=client, closes=True)


def elapse(milliseconds: int) -> Step:
    """Move our clock past a blocked client's timeout; the real server's passes while `expect` waits."""
    return Step(f"(elapse {milliseconds} ms)", replies=0, milliseconds=milliseconds)


def unordered(*words: Word | Step) -> Step:
    """Disregard the order of elements, at every level."""
    return replace(step(*words), agree=agreement.same_elements)


def fields(*words: Word | Step) -> Step:
    """Disregard the order of the fields of a map, also where it is a flat array in RESP2."""
    return replace(step(*words), agree=agreement.same_fields)


def near(tolerance: int, *words: Word | Step) -> Step:
    """Allow integers to differ by this much: what depends on passing time."""
    return replace(step(*words), agree=agreement.within(tolerance))


def numbers(*words: Word | Step) -> Step:
    """Compare doubles by their value, whatever digits are printed."""
    return replace(step(*words), agree=agreement.same_numbers)


def close(tolerance: float, *words: Word | Step) -> Step:
    """Allow doubles to differ by this much: what is computed in another order."""
    return replace(step(*words), agree=agreement.numbers_within(tolerance))


def shape(*words: Word | Step) -> Step:
    """Compare types and lengths only: random or made-up values."""
    return replace(step(*words), agree=agreement.same_shape)


def masked(pattern: bytes, *words: Word | Step) -> Step:
    """Disregard what matches the pattern, such as ids within a text."""
    return replace(step(*words), agree=agreement.same_but_for(pattern))


def error_kind(*words: Word | Step) -> Step:
    """Compare only the first word of an error, where the text is each server's own."""
    return replace(step(*words), agree=agreement.same_error_kind)


def _shown(word: bytes) -> str:
    plain = re.fullmatch(rb"[!#-&(-\[\]-~]+", word)
    return word.decode() if plain else repr(word)[1:]
