"""SORT and SORT_RO: the elements of a list, set or sorted set in an order, and what other keys hold for them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from stubredis.arguments import decimal, integer
from stubredis.client import Client
from stubredis.command import DENYOOM, READONLY, WRITE, group
from stubredis.datatypes.hashes import Hash
from stubredis.datatypes.lists import List
from stubredis.datatypes.sets import Set
from stubredis.datatypes.sorted_sets import SortedSet
from stubredis.errors import SYNTAX, WRONG_TYPE, CommandError
from stubredis.keyspace import LIST, Database
from stubredis.protocol.replies import Reply

command = group("generic")

NO_LOOK_UP = b"ERR %b option of SORT denied due to insufficient ACL permissions"


class Pattern:
    """What BY and GET look up for an element: a key, `*` in it standing for the element, or a field of a hash there.

    Redis searches a pattern as a string of C, which ends at a zero byte.
    """

    __slots__ = ("_field", "_is_element", "_prefix", "_suffix", "has_star")

    def __init__(self, pattern: bytes) -> None:
        text = pattern.partition(b"\0")[0]
        star = text.find(b"*")
        arrow = text.find(b"->", star + 1)
        has_field = arrow >= 0 and arrow + 2 < len(text)
        self.has_star = star >= 0
        self._is_element = text == b"#"
        self._prefix = pattern[:star]
        self._suffix = pattern[star + 1 : arrow if has_field else len(pattern)]
        self._field = pattern[arrow + 2 :] if has_field else None

    def value(self, db: Database, element: bytes) -> bytes | None:
        """Return what belongs to an element, None if there is no such key or field, or it has another type."""
        if self._is_element:
            return element
        if not self.has_star:
            return None
        key = self._prefix + element + self._suffix
        value = db.lookup_read(key)
        if self._field is not None:
            if type(value) is not Hash:
                return None
            fields = db.live(key, value) if value.deadlines else value
            return fields.get(self._field) if fields else None
        return bytes(value) if isinstance(value, bytes | bytearray) else None


class Request:
    """What follows the key: `[BY pattern] [LIMIT offset count] [GET pattern …] [ASC | DESC] [ALPHA] [STORE key]`."""

    __slots__ = ("alpha", "by", "count", "descending", "destination", "gets", "is_sorted", "offset")

    def __init__(self, words: Sequence[bytes], *, may_store: bool, may_look_up: bool = True) -> None:
        self.by: Pattern | None = None
        self.gets: list[Pattern] = []
        self.offset, self.count = 0, -1
        self.descending = self.alpha = False
        self.is_sorted = True
        self.destination: bytes | None = None
        rest = list(reversed(words))
        while rest:
            match rest.pop().upper():
                case b"ASC":
                    self.descending = False
                case b"DESC":
                    self.descending = True
                case b"ALPHA":
                    self.alpha = True
                case b"LIMIT" if len(rest) >= 2:
                    self.offset, self.count = integer(rest.pop()), integer(rest.pop())
                case b"STORE" if rest and may_store:
                    self.destination = rest.pop()
                case b"BY" if rest:
                    self.by = Pattern(rest.pop())
                    if self.by.has_star and not may_look_up:
                        raise CommandError(NO_LOOK_UP % b"BY")
                    # One constant pattern, such as `nosort`, among several is enough.
                    self.is_sorted = self.is_sorted and self.by.has_star
                case b"GET" if rest:
                    if not may_look_up:
                        raise CommandError(NO_LOOK_UP % b"GET")
                    self.gets.append(Pattern(rest.pop()))
                case _:
                    raise CommandError(SYNTAX)

    def span(self, length: int) -> tuple[int, int]:
        """Return where the elements that LIMIT asks for begin and end, among so many."""
        start = min(max(self.offset, 0), length)
        return start, length if self.count < 0 else min(start + self.count, length)


def may_look_up(client: Client, *request: bytes) -> bool:
    """Tell whether the user of a client may read all keys, as BY and GET can name any."""
    if client.commands is client.server.commands:
        return True
    assert client.command is not None
    return client.user.reads_all_keys(client.command, request, client.db.index)


def number(text: bytes) -> float:
    """Read an element or a weight that is to be compared as a number."""
    return decimal(text, b"ERR One or more scores can't be converted into double")


def put_in_order(db: Database, elements: list[bytes], by: Pattern | None, *, alpha: bool, descending: bool) -> None:
    """Sort elements by themselves or by what belongs to them, as numbers or as texts."""
    rank: Callable[[bytes], Any] | None = None if alpha else number
    if by is not None:
        weights = [by.value(db, element) for element in elements]
        if alpha:
            # An element without a weight comes before one with an empty weight.
            ranks: list[Any] = [b"" if weight is None else b"=" + weight for weight in weights]
        else:
            ranks = [number(weight or b"") for weight in weights]
        rank = dict(zip(elements, ranks, strict=True)).__getitem__
    if not alpha:
        elements.sort(reverse=descending)  # the order of equal numbers; equal weights that are texts stay as they were
    elements.sort(key=rank, reverse=descending)


def sorted_elements(db: Database, key: bytes, request: Request) -> list[bytes]:
    """Return the elements of a key that a request asks for, in their order."""
    value = db.lookup_read(key)
    if value is None:
        return []
    if type(value) not in (List, Set, SortedSet):
        raise CommandError(WRONG_TYPE)
    if type(value) is SortedSet:
        value.grow()  # Redis only sorts skiplists
    start, stop = request.span(len(value))
    by, alpha = request.by, request.alpha
    if not request.is_sorted:
        if type(value) is not Set:
            return elements_between(value, start, stop, from_end=request.descending)
        if request.destination is None:
            return list(value)[start:stop]
        by, alpha = None, True  # what is stored must not depend on the order that a set happens to have
    elements = list(value)
    put_in_order(db, elements, by, alpha=alpha, descending=request.descending)
    return elements[start:stop]


def elements_between(value: List | SortedSet, start: int, stop: int, *, from_end: bool) -> list[bytes]:
    """Return a part of the elements in the order that they have, or in the opposite one."""
    between = value.slice if isinstance(value, List) else value.members
    return between(len(value) - stop, len(value) - start)[::-1] if from_end else between(start, stop)


def sort_key(client: Client, key: bytes, request: Request) -> list[bytes | None]:
    """Return the reply of SORT: the elements, or for each of them what the GET patterns name."""
    elements = sorted_elements(client.db, key, request)
    if not request.gets:
        return list(elements)
    return [pattern.value(client.db, element) for element in elements for pattern in request.gets]


@command(
    "SORT key [BY pattern] [LIMIT offset count] [GET pattern [GET pattern ...]] [ASC | DESC] [ALPHA] "
    "[STORE destination]",
    WRITE | DENYOOM, since="1.0.0", complexity="O(N*log(N)) for N elements.",
    categories="set sortedset list dangerous -keyspace", key_access="RO access; RO access; OW update",
)  # fmt: skip
def sort(client: Client, key: bytes, *words: bytes) -> Reply:
    """Sort the elements of a list, set or sorted set, by themselves or by other keys, and return or store them."""
    request = Request(words, may_store=True, may_look_up=may_look_up(client, b"sort", key, *words))
    found = sort_key(client, key, request)
    if request.destination is None:
        return found
    stored = List(value or b"" for value in found)
    client.db.store_result(request.destination, stored, b"sortstore", LIST, len(stored))
    return len(stored)


@command(
    "SORT_RO key [BY pattern] [LIMIT offset count] [GET pattern [GET pattern ...]] [ASC | DESC] [ALPHA]",
    READONLY, since="7.0.0", complexity="O(N*log(N)) for N elements.",
    categories="set sortedset list dangerous -keyspace",
)  # fmt: skip
def sort_ro(client: Client, key: bytes, *words: bytes) -> Reply:
    """Sort the elements of a list, set or sorted set, by themselves or by other keys, and return them."""
    allowed = may_look_up(client, b"sort_ro", key, *words)
    return sort_key(client, key, Request(words, may_store=False, may_look_up=allowed))
