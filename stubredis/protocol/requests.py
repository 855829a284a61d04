"""Bytes of a client to requests, each a list of words (`argv`), with Redis' limits and error texts.

Two parsers stand behind one interface. hiredis, which is made for replies, reads whole chunks at C speed; it
is laxer than a server may be, so its result is used only where a few searches over the chunk prove that both
would agree. Everything else (inline commands, a request cut in two, long values, clients that have not yet
authenticated, garbage) goes to the exact parser below, which follows Redis' networking.c step by step.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Protocol

import hiredis

from stubredis.errors import ProtocolError

Argv = list[bytes]

MAX_ELEMENTS = 2**31 - 1
MAX_INLINE = 64 * 1024
"""The longest inline request, and the longest header line, in bytes."""
UNAUTHENTICATED_ELEMENTS = 10
UNAUTHENTICATED_BULK = 16 * 1024

_STAR, _DOLLAR = b"*$"
_PLUS, _OPENING, _EQUALS = b"+(="
"""With one of these begins what hiredis takes for a word although it is no bulk: simple strings and types of RESP3."""
_PERCENT, _TILDE, _GREATER, _BAR = b"%~>|"
"""With one of these begins an aggregate of RESP3 that is no array."""
_STAR_WORD = b"$1\r\n*\r\n"
_INTEGER = re.compile(rb"-?[1-9]\d{0,18}|0")

_BLANKS = b" \t\n\v\f\r\0"
_QUOTED = rb'"(?:\\.|[^"\\])*+"' + rb"|'(?:\\'|[^'])*+'"
_WORD_PART = re.compile(_QUOTED + rb"|[^\s\0\"']+", re.DOTALL)
# A closing quote ends the word, so a blank or the end of the line must follow it.
_WORD = re.compile(rb"[\s\0]*([^\s\0\"']+(?:" + _QUOTED + rb")?|" + _QUOTED + rb")(?=[\s\0]|$)", re.DOTALL)
_ESCAPE = re.compile(rb"\\(x[0-9a-fA-F]{2}|.)", re.DOTALL)
_ESCAPES = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"a": b"\a"}
_PRINTED = [b"%c" % byte if 32 <= byte < 127 else b"\\x%02x" % byte for byte in range(256)]
"""Each byte as it stands in double quotes."""
for _letter, _byte in {b'"': b'"', b"\\": b"\\", **_ESCAPES}.items():
    _PRINTED[_byte[0]] = b"\\" + _letter

_UNFINISHED = object()
_JOIN = b"".join


class Limits(Protocol):
    """The part of the configuration that a parser needs."""

    @property
    def proto_max_bulk_len(self) -> int: ...


def _only_bulks(chunk: bytes, requests: Iterable[Argv]) -> bool:
    """Tell whether all words are bulks, although there is a byte in the chunk with which something else may begin.

    Where a line begins with + or (, it is a word then, such as the end of XRANGE. Of a simple string or a big number
    the word does not begin so, unless it begins with two of them. A line that begins with = has nothing else.
    """
    if b"\r\n+" not in chunk and b"\r\n(" not in chunk and b"\r\n=" not in chunk:
        return True
    words = list(chain.from_iterable(requests))
    return (
        b"\r\n++" not in chunk
        and chunk.count(b"\r\n=") == chunk.count(b"\r\n=\r\n")
        and all(chunk.count(b"\r\n" + mark) == sum(word.startswith(mark) for word in words) for mark in (b"+", b"("))
    )


def _only_arrays(chunk: bytes) -> bool:
    """Tell whether no line begins another aggregate, although its mark is in the chunk: as a word, or within one."""
    return all(chunk.count(b"\r\n" + mark) == chunk.count(b"\r\n%b\r\n" % mark) for mark in (b"%", b"~", b">", b"|"))


class RequestParser:
    """Parses the requests of one client, however its bytes are cut into chunks.

    `parse` returns the requests that a chunk completes. Take them one after another and execute each before
    taking the next, for a request may change what the following ones are allowed (AUTH); only when the
    iterable is exhausted may `parse` be called again. ProtocolError is raised at the place of the violation,
    after the requests before it, and ends the stream.
    """

    __slots__ = (
        "_authenticated",
        "_buffer",
        "_limits",
        "_missing",
        "_position",
        "_reader",
        "_size",
        "_words",
        "between",
    )

    def __init__(self, limits: Limits, *, authenticated: bool) -> None:
        self._authenticated = authenticated
        self.between = authenticated
        """Whether the next chunk begins a request and may be read by hiredis."""
        self._limits = limits
        self._reader = new_reader()
        # The exact parser's state: bytes not used yet, the words of an unfinished request, how many it lacks.
        self._buffer = bytearray()
        self._position = 0
        self._words: Argv = []
        self._size = 0  # of the words, in bytes
        self._missing = 0

    def authenticate(self, authenticated: bool) -> None:
        """Read the following requests with the limits of a client that has, or has not, authenticated."""
        self._authenticated = authenticated
        self.between = authenticated and not self._buffer and not self._missing

    @property
    def buffered(self) -> int:
        """How many bytes of an unfinished request are kept, as CLIENT LIST shows in `qbuf`."""
        return len(self._buffer) - self._position + self._size

    def parse(self, chunk: bytes) -> Iterable[Argv]:
        """Return the requests that `chunk` completes, empty ones (`*0`, a blank line) left out."""
        requests = self.read_whole(chunk)
        return self.read_pieces(chunk) if requests is None else requests

    def read_pieces(self, chunk: bytes) -> Iterator[Argv]:
        """Return the requests that a chunk completes which `read_whole` has not read."""
        if self.between and chunk[0] == _STAR:
            # Most often only the last request is cut in two: the exact parser keeps that one alone.
            last = chunk.rfind(b"\r\n*") + 2
            if last > 2:
                requests = self.read_whole(chunk[:last])
                if requests is not None:
                    self.between = False
                    self._buffer += chunk[last:]
                    return chain(requests, self._read_exactly())
        self.between = False
        self._buffer += chunk
        return self._read_exactly()

    def read_whole(self, chunk: bytes) -> list[Argv] | None:
        """Read whole requests with hiredis, or return None where its result is not proven to be exact.

        Each request has one star. If there is no other star in the chunk, except as the word `*`, which most XADDs
        have, there is no nested array and no request that is left unfinished; if hiredis has no bytes left, there is
        nothing else behind the last request. What is no bulk does not pass the joins, which raise TypeError, except
        some types and aggregates that are no arrays, which have to be seen in the chunk: most often no byte in it is
        one with which they begin.
        """
        if not self.between or chunk[0] != _STAR:
            return None
        reader = self._reader
        try:
            reader.feed(chunk)
            first = reader.gets()
            if not reader.has_data():
                if (
                    (
                        chunk.rfind(b"*") == 0
                        or b"\r\n*" not in chunk
                        or chunk.count(b"\r\n*") == chunk.count(_STAR_WORD)
                    )
                    and _JOIN(first)
                    and (
                        (_PLUS not in chunk and _OPENING not in chunk and _EQUALS not in chunk)
                        or _only_bulks(chunk, (first,))
                    )
                ):
                    return [first]
            else:
                requests = [first, *iter(reader.gets, _UNFINISHED)]
                if (
                    (
                        (stars := chunk.count(b"*") - len(requests)) == 0
                        or stars == chunk.count(_STAR_WORD)
                        or chunk.count(b"\r\n*") == len(requests) - 1
                    )
                    and all(map(_JOIN, requests))
                    and (
                        (_PERCENT not in chunk and _TILDE not in chunk and _GREATER not in chunk and _BAR not in chunk)
                        or _only_arrays(chunk)
                    )
                    and (
                        (_PLUS not in chunk and _OPENING not in chunk and _EQUALS not in chunk)
                        or _only_bulks(chunk, requests)
                    )
                    and not reader.has_data()
                ):
                    return requests
        # MemoryError: an array of a thousand million elements
        except (hiredis.ProtocolError, TypeError, MemoryError):
            pass
        self._reader = new_reader()
        return None

    def _read_exactly(self) -> Iterator[Argv]:
        buffer = self._buffer
        while self._position < len(buffer):
            if self._missing:
                if not self._read_bulk():
                    break
                if not self._missing:
                    words, self._words = self._words, []
                    self._size = 0
                    yield words
            elif buffer[self._position] == _STAR:
                if not self._read_array_header():
                    break
            else:
                line = self._read_inline()
                if line is None:
                    break
                if line:
                    yield line
        del buffer[: self._position]
        self._position = 0
        self.between = self._authenticated and not buffer and not self._missing

    def _read_array_header(self) -> bool:
        """Read `*3`; False when it is not complete yet."""
        count = self._read_length(b"too big mbulk count string", b"invalid multibulk length")
        if count is None:
            return False
        if count > MAX_ELEMENTS:
            raise ProtocolError(b"invalid multibulk length")
        if count > UNAUTHENTICATED_ELEMENTS and not self._authenticated:
            raise ProtocolError(b"unauthenticated multibulk length")
        self._missing = max(count, 0)
        return True

    def _read_bulk(self) -> bool:
        """Read `$3` and its value into the words; False when it is not complete yet."""
        start = self._position
        length = self._read_length(b"too big bulk count string", b"invalid bulk length", mark=_DOLLAR)
        if length is None:
            return False
        if not 0 <= length <= self._limits.proto_max_bulk_len:
            raise ProtocolError(b"invalid bulk length")
        if length > UNAUTHENTICATED_BULK and not self._authenticated:
            raise ProtocolError(b"unauthenticated bulk length")
        value = self._position
        if value + length + 2 > len(self._buffer):
            self._position = start
            return False
        self._words.append(bytes(self._buffer[value : value + length]))
        self._missing -= 1
        self._size += length
        # Like Redis, which skips the two bytes behind a value without looking at them.
        self._position = value + length + 2
        return True

    def _read_length(self, too_big: bytes, invalid: bytes, mark: int = _STAR) -> int | None:
        """Read a header line such as `*3` or `$5`; None when it is not complete yet."""
        buffer, start = self._buffer, self._position
        end = buffer.find(b"\r", start)
        if end < 0 and len(buffer) - start > MAX_INLINE:
            raise ProtocolError(too_big)
        if end < 0 or end + 2 > len(buffer):
            return None
        if buffer[start] != mark:
            raise ProtocolError(b"expected '$', got '%c'" % buffer[start])
        digits = bytes(buffer[start + 1 : end])
        if not _INTEGER.fullmatch(digits):
            raise ProtocolError(invalid)
        self._position = end + 2
        return int(digits)

    def _read_inline(self) -> Argv | None:
        """Read a line as a person types it, split as a shell would; None when it is not complete yet."""
        buffer, start = self._buffer, self._position
        end = buffer.find(b"\n", start)
        if end < 0:
            if len(buffer) - start > MAX_INLINE:
                raise ProtocolError(b"too big inline request")
            return None
        self._position = end + 1
        line = bytes(buffer[start:end])
        words = split_words(line.removesuffix(b"\r"))
        if words is None:
            raise ProtocolError(b"unbalanced quotes in request")
        return words


def new_reader() -> hiredis.Reader:
    # The mark for the end of the input must be nothing that a client can send, as the default False is.
    return hiredis.Reader(notEnoughData=_UNFINISHED)


def split_words(line: bytes) -> Argv | None:
    """Split a line into words as Redis splits inline requests and lines of its configuration file.

    Double quotes know the escapes of C and `\\xHH`, single quotes only `\\'`. None if the quotes are unbalanced
    (sdssplitargs in Redis' sds.c).
    """
    words = []
    position = 0
    while match := _WORD.match(line, position):
        position = match.end()
        words.append(b"".join(map(_unquote, _WORD_PART.findall(match[1]))))
    return words if not line[position:].strip(_BLANKS) else None


def quote_word(word: bytes) -> bytes:
    """Print a word in double quotes, so that `split_words` reads it again (sdscatrepr in Redis' sds.c)."""
    return b'"%b"' % b"".join([_PRINTED[byte] for byte in word])


def _unquote(part: bytes) -> bytes:
    if part[:1] == b'"':
        return _ESCAPE.sub(lambda match: _unescape(match[1]), part[1:-1])
    if part[:1] == b"'":
        return part[1:-1].replace(b"\\'", b"'")
    return part


def _unescape(escape: bytes) -> bytes:
    if len(escape) == 3:
        return bytes.fromhex(escape[1:].decode())
    return _ESCAPES.get(escape, escape)
