"""The value of a set key, and the intersections, unions and differences of such values.

Redis keeps a set in one of three encodings, which show in the order of its members: an intset in numeric order, a
listpack in the order in which the members came, a hashtable in any. Members only ever force the encoding up this
row, it never comes down again when they go.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, filterfalse, islice

from stubredis.datatypes.limits import limits
from stubredis.datatypes.packed import MOST_WORDS, Packed
from stubredis.datatypes.sample import Urn

INTSET, LISTPACK, HASHTABLE = b"intset", b"listpack", b"hashtable"

MIN_INTEGER, MAX_INTEGER = -(2**63), 2**63 - 1
_INTEGER = re.compile(rb"0|-?[1-9]\d{0,18}")


def is_integer(member: bytes) -> bool:
    """Tell whether a member is a 64-bit integer in its only spelling."""
    if _INTEGER.fullmatch(member) is None:
        return False
    return len(member) < 19 or MIN_INTEGER <= int(member) <= MAX_INTEGER


class Set:
    """Distinct members: a dict without values, and an urn once a large set is asked for random members."""

    __slots__ = ("_is_sorted", "_members", "_urn", "encoding")

    def __init__(self, members: Iterable[bytes] = (), encoding: bytes = INTSET) -> None:
        """Start empty with this encoding, and add the members, which may force another one."""
        self._members: dict[bytes, None] = {}
        self._is_sorted = True
        """Whether the members of an intset stand in their order; they are sorted when somebody looks at them."""
        self._urn: Urn | None = None
        self.encoding = encoding
        if members:
            self.update(members)

    def __len__(self) -> int:
        return len(self._members)

    def __contains__(self, member: object) -> bool:
        return member in self._members

    def __iter__(self) -> Iterator[bytes]:
        if not self._is_sorted:
            self._sort()
        return iter(self._members)

    def pack(self) -> PackedSet | None:
        """Return the set in one object, or None if it is too large for that."""
        if self.encoding == HASHTABLE or len(self._members) > MOST_WORDS:
            return None
        return (PackedIntset if self.encoding == INTSET else PackedSet).of([*self])

    def copy(self) -> Set:
        """Return an independent set of the same members in the same encoding."""
        other = Set(encoding=self.encoding)
        other._members = self._members.copy()
        other._is_sorted = self._is_sorted
        return other

    # Adding

    def add(self, member: bytes) -> bool:
        """Add a member; tells whether it is new."""
        if member in self._members:
            return False
        if self.encoding != HASHTABLE:
            self._make_room(member)
        self._members[member] = None
        if self._urn is not None:
            self._urn.put(member)
        return True

    def update(self, members: Iterable[bytes]) -> int:
        """Add members and return how many are new."""
        before = len(self._members)
        members = iter(members)
        if self.encoding != HASHTABLE or self._urn is not None:
            for member in members:
                self.add(member)
                if self.encoding == HASHTABLE and self._urn is None:
                    break
        self._members.update(dict.fromkeys(members))  # what is left, at the speed of C
        return len(self._members) - before

    def expect(self, members: Sequence[bytes]) -> None:
        """Choose the encoding for members that are going to be added, by their number, as Redis does.

        It does not look whether they are distinct.
        """
        count = len(members)
        if self.encoding == INTSET and count <= limits.intset_members and (self._members or is_integer(members[0])):
            return
        if count > limits.set_members or (self.encoding == INTSET and self._members):
            self._become(HASHTABLE)
        elif self.encoding == INTSET:
            self._become(LISTPACK)

    def _make_room(self, member: bytes) -> None:
        """Choose the encoding that allows for one more member, a certain one."""
        count = len(self._members)
        if self.encoding == INTSET and (count or limits.intset_members) and is_integer(member):
            self._is_sorted = False
            if count >= limits.intset_members:
                self._become(HASHTABLE)
        elif count >= limits.set_members or len(member) > limits.set_length:
            self._become(HASHTABLE)
        else:
            self._become(LISTPACK)

    def _become(self, encoding: bytes) -> None:
        if encoding == LISTPACK and not self._is_sorted:
            self._sort()
        self._is_sorted = True  # from now on they stand as they come
        self.encoding = encoding

    def _sort(self) -> None:
        self._members = dict.fromkeys(sorted(self._members, key=int))
        self._is_sorted = True

    # Removing

    def discard(self, member: bytes) -> bool:
        """Remove a member; tells whether it was there."""
        if member not in self._members:
            return False
        del self._members[member]
        if self._urn is not None:
            self._urn.discard(member)
        self._shrink()
        return True

    def remove(self, members: Iterable[bytes]) -> int:
        """Remove members and return how many were there."""
        own, urn = self._members, self._urn
        before = len(own)
        for member in filter(own.__contains__, members):
            del own[member]
            if urn is not None:
                urn.discard(member)
        self._shrink()
        return before - len(own)

    def _shrink(self) -> None:
        """Return the memory of members that are gone, when they were most: a dict keeps it until it has to grow."""
        if self.encoding == HASHTABLE and self._members.__sizeof__() > 512 * (len(self._members) + 8):
            self._members = self._members.copy()

    # Members at random, each with the same chance

    def random(self) -> bytes:
        """Return a random member of a set that is not empty."""
        if self.encoding == HASHTABLE:
            return self._filled_urn().draw()
        return next(islice(self._members, int(random.random() * len(self._members)), None))

    def random_with_repetitions(self, count: int) -> list[bytes]:
        """Return random members of a set that is not empty; any may come several times."""
        if self.encoding == HASHTABLE:
            draw = self._filled_urn().draw
            return [draw() for _ in range(count)]
        return random.choices(list(self._members), k=count)

    def sample(self, count: int) -> list[bytes]:
        """Return this many different random members, or all if there are fewer."""
        if count >= len(self):
            return list(self)
        if self.encoding == HASHTABLE and count * 3 <= len(self):
            # To draw until enough are different takes few tries more than to draw enough.
            draw = self._filled_urn().draw
            chosen: dict[bytes, None] = {}
            while len(chosen) < count:
                chosen[draw()] = None
            return list(chosen)
        return random.sample(list(self), count)

    def pop(self) -> bytes:
        """Remove and return a random member of a set that is not empty."""
        if self.encoding == HASHTABLE:
            member = self._filled_urn().take()
            del self._members[member]
            self._shrink()
        else:
            member = self.random()
            del self._members[member]
        return member

    def pop_many(self, count: int) -> list[bytes]:
        """Remove and return different random members, fewer than there are.

        Where nearly all of a hashtable goes, Redis makes a new set of the rest.
        """
        rest = len(self) - count
        if self.encoding != HASHTABLE:
            chosen = set(random.sample(list(self), count))
            members = [member for member in self if member in chosen]
            self.remove(members)
            return members
        if rest * 5 > count:
            return [self.pop() for _ in range(count)]
        kept = Set(self.sample(rest), LISTPACK)
        members = list(filterfalse(kept.__contains__, self._members))
        self._members, self.encoding, self._urn = kept._members, kept.encoding, None
        return members

    def _filled_urn(self) -> Urn:
        if self._urn is None:
            self._urn = Urn(self._members)
        return self._urn


# Several sets at once. None may change while an iterator of these is in use.


class PackedSet(Packed):
    """A small set in one object."""

    __slots__ = ()

    kind = Set
    encoding = LISTPACK

    def unpack(self) -> Set:
        return Set(self.words, self.encoding)


class PackedIntset(PackedSet):
    """A small set of integers in one object."""

    __slots__ = ()

    encoding = INTSET


def common_members(sets: Sequence[Set]) -> Iterator[bytes]:
    """Yield the members that all sets have, in the order of the smallest one."""
    smallest, *others = sorted(sets, key=len)
    members = iter(smallest)
    for other in others:
        members = filter(other._members.__contains__, members)
    return members


def intersection(sets: Sequence[Set]) -> Set:
    """Return a set of the members that all sets have, of the smallest encoding, whatever theirs are."""
    members = list(common_members(sets))
    is_intset = len(members) <= limits.intset_members and all(map(is_integer, members))
    return Set(members, INTSET if is_intset else LISTPACK)


def union(sets: Iterable[Set]) -> Set:
    """Return a set of the members of all sets."""
    return Set(chain.from_iterable(sets))


def count_union(sets: Iterable[Set]) -> int:
    """Count the members of all sets, with memory only for those that the largest one lacks."""
    *others, largest = sorted(sets, key=len)
    more: set[bytes] = set()
    for other in others:
        more.update(filterfalse(largest._members.__contains__, other))
    return len(largest) + len(more)


def difference(first: Set, others: Sequence[Set]) -> Set:
    """Return a set of the members of the first one that no other has."""
    if _is_better_searched(first, others):
        return Set(_own_members(first, others))
    result = Set(first)
    for other in others:
        result.remove(other)
    return result


def count_difference(first: Set, others: Sequence[Set], limit: int) -> int:
    """Count the members of the first set that no other has, up to a limit."""
    if _is_better_searched(first, others):
        return sum(1 for _ in islice(_own_members(first, others), limit))
    return min(len(difference(first, others)), limit)


def _is_better_searched(first: Set, others: Sequence[Set]) -> bool:
    """Tell whether to look for each member of the first set in the others, or to remove all of theirs from a copy.

    Redis chooses in the same way (sunionDiffGenericCommand in t_set.c), which shows in the encoding: a copy keeps its.
    """
    if any(other is first for other in others):
        return True
    return len(first) * (len(others) + 1) // 2 <= len(first) + sum(map(len, others))


def _own_members(first: Set, others: Iterable[Set]) -> Iterator[bytes]:
    members = iter(first)
    for other in sorted(others, key=len, reverse=True):  # the largest one is the likeliest to have a member
        members = filterfalse(other._members.__contains__, members)
    return members
