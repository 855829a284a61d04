"""Scans: SCAN, HSCAN, SSCAN and ZSCAN over collections that change between the calls.

The contract is Redis': an element that is in the collection from the first call of a scan to its last is returned at
least once; one that comes or goes meanwhile may be returned or not; any element may be returned again.

A dict has no order that survives insertions, so the first call takes a snapshot of the elements, and each call
returns those of the next COUNT that are still there. A cursor is the number of the snapshot and the position in
it. Collections that one call can return whole need no snapshot, and the end of a scan drops its own.

Clients may abandon a scan at any time, so only so many snapshots are kept, the least recently used goes first. A scan
that finds its snapshot gone, or a cursor that never was, starts over with a fresh one: elements are returned
again, none is lost. Should a scan lose its snapshot once more, because more scans are under way than there is room for,
it gets all elements at once: otherwise such scans could go on evicting one another for ever.
"""

from __future__ import annotations

import random
from collections.abc import Collection

Owner = tuple[int, bytes | None]
"""What is scanned: the number of a database, and the key of a collection in it or None for the keys themselves."""

SNAPSHOTS = 256
ELEMENTS = 1 << 22
"""The most elements in all snapshots together, 32 MB of references; a larger collection is kept alone."""

# A cursor stays below 2**53, which is exact even where all numbers are doubles.
_POSITIONS = 1 << 32
_NUMBERS = 1 << 20
_STARTED_OVER = _NUMBERS
"""The bit of a snapshot's number that says that the scan had lost an earlier one."""


class _Snapshot:
    __slots__ = ("elements", "owner")

    def __init__(self, owner: Owner, elements: list[bytes]) -> None:
        self.owner = owner
        self.elements = elements


class Scans:
    """The scans that are under way on a server."""

    __slots__ = ("_capacity", "_elements", "_last", "_limit", "_snapshots")

    def __init__(self, snapshots: int = SNAPSHOTS, elements: int = ELEMENTS) -> None:
        self._capacity = snapshots
        self._limit = elements
        self._snapshots: dict[int, _Snapshot] = {}
        """By their numbers, the least recently used first."""
        self._elements = 0
        # Cursors from before a restart of the server should not fit a snapshot of this one.
        self._last = random.randrange(_NUMBERS)

    def __len__(self) -> int:
        """The number of snapshots that are kept."""
        return len(self._snapshots)

    @property
    def elements(self) -> int:
        """The number of elements in all snapshots."""
        return self._elements

    def step(self, owner: Owner, collection: Collection[bytes], cursor: int, count: int) -> tuple[int, list[bytes]]:
        """Return the next cursor, 0 at the end, and the elements of this call: at most `count`, maybe none.

        `collection` is what is scanned now, a dict or set. `cursor` is 0 or any other number a client may send.
        """
        number, position = divmod(cursor, _POSITIONS)
        snapshot = self._snapshots.get(number)
        if snapshot is not None and snapshot.owner == owner:
            del self._snapshots[number]  # to go behind those that were used before
        else:
            if len(collection) <= count or number & _STARTED_OVER:
                return 0, list(collection)
            position = 0
            number = self._next_number() | (_STARTED_OVER if cursor else 0)
            snapshot = _Snapshot(owner, list(collection))
            self._elements += len(snapshot.elements)
        self._snapshots[number] = snapshot
        stop = position + count
        found = [element for element in snapshot.elements[position:stop] if element in collection]
        if stop >= len(snapshot.elements) or not collection:
            self._drop(number)
            return 0, found
        while len(self._snapshots) > self._capacity or (self._elements > self._limit and len(self._snapshots) > 1):
            self._drop(next(iter(self._snapshots)))
        return number * _POSITIONS + stop, found

    def forget(self, database: int) -> None:
        """Drop all snapshots of a database, which has become empty."""
        for number in [number for number, scan in self._snapshots.items() if scan.owner[0] == database]:
            self._drop(number)

    def _drop(self, number: int) -> None:
        self._elements -= len(self._snapshots.pop(number).elements)

    def _next_number(self) -> int:
        """Return a number from 1 on that is not in use, the one that was used the longest ago."""
        while True:
            self._last = self._last % (_NUMBERS - 1) + 1
            if self._last not in self._snapshots and self._last | _STARTED_OVER not in self._snapshots:
                return self._last
