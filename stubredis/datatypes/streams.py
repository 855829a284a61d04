"""The value of a stream key: entries in the order of their ids, in nodes as Redis has them, and consumer groups.

Redis keeps up to a hundred entries in one node, and trims by whole nodes where it may. Which entries go then
depends on where nodes begin, so nodes begin here where they do in Redis (datatypes/stream_nodes.py).
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from enum import Enum
from itertools import islice
from operator import attrgetter

from stubredis.datatypes.sizes import block, blocks
from stubredis.datatypes.stream_groups import Group
from stubredis.datatypes.stream_nodes import LISTPACK_LIMIT, Fields, Node, tree_nodes
from stubredis.datatypes.stream_producers import Producers

Entry = tuple[int, Fields]

OPEN_NODES = 4
"""How many nodes besides the last one stay unpacked: those that were used last."""

_first = attrgetter("first")


class References(Enum):
    """What becomes of the pending deliveries of an entry that is to be removed."""

    KEEP = b"KEEPREF"
    """They stay."""
    REMOVE = b"DELREF"
    """They go."""
    RESPECT = b"ACKED"
    """The entry stays until all groups have read and acknowledged it."""


class Stream:
    """A stream. An empty one is a value too: its key stays."""

    __slots__ = (
        "_nodes", "_open_nodes", "_tree_nodes", "added", "first_id", "groups", "last_id", "length", "max_deleted_id",
        "producers", "top_id",
    )  # fmt: skip

    encoding = b"stream"

    def __init__(self) -> None:
        self.length = 0
        self.added = 0
        """How many entries were ever added."""
        self.last_id = 0
        """The greatest id that was ever given."""
        self.first_id = self.top_id = 0
        """The ids of the first and of the last entry, 0 if there is none."""
        self.max_deleted_id = 0
        """The greatest id of an entry that was removed other than by trimming."""
        self.groups: dict[bytes, Group] = {}
        self.producers: Producers | None = None
        """What was added by producers that may send an entry twice."""
        self._nodes: list[Node] = []
        self._open_nodes: list[Node] = []
        self._tree_nodes = 0

    def __len__(self) -> int:
        return self.length

    def memory(self, samples: int) -> int:
        """Return the bytes that entries, groups and ids of producers take (sizes.py)."""
        nodes, groups = self._nodes, self.groups
        size = block(self) + block(nodes) + block(groups)
        if nodes:  # the last one may be far from full
            size += nodes[-1].memory(samples)
            count = len(nodes) - 1
            size += blocks(islice(nodes, count), count, samples, lambda node: node.memory(samples))
        size += blocks(groups.values(), len(groups), samples, lambda group: group.memory(samples))
        return size if self.producers is None else size + self.producers.memory(samples)

    def copy(self) -> Stream:
        """Return an independent stream of the same entries and groups."""
        twin = Stream()
        for name in ("length", "added", "last_id", "first_id", "top_id", "max_deleted_id"):
            setattr(twin, name, getattr(self, name))
        twin.groups = {name: group.copy() for name, group in self.groups.items()}
        twin.producers = None if self.producers is None else self.producers.copy()
        twin._nodes = [node.copy() for node in self._nodes]
        twin._open_nodes = [node for node in twin._nodes[:-1] if node.ids]
        return twin

    # Adding

    def next_id_at(self, milliseconds: int) -> int | None:
        """Return the next id of a millisecond, given as its first id, or None if it has no more ids."""
        if self.last_id >> 64 != milliseconds >> 64:
            return milliseconds
        return self.last_id + 1 if (self.last_id + 1) >> 64 == milliseconds >> 64 else None

    def add(self, entry_id: int, fields: Fields, most_entries: int, most_bytes: int) -> None:
        """Append an entry, whose id exceeds `last_id`. The limits of a node are those of the configuration.

        Raises ValueError if it is larger than a node may be.
        """
        size = len(b"".join(fields))
        if self._nodes:
            node = self._nodes[-1]
            if len(node.ids) + node.deleted >= most_entries > 0 or (
                node.size + size >= most_bytes and node.is_full(size, most_bytes)
            ):
                node = self._begin_node(entry_id, fields, size)
        else:
            node = self._begin_node(entry_id, fields, size)
        node.append(entry_id, fields, size)
        if not self.length:
            self.first_id = entry_id
        self.length += 1
        self.added += 1
        self.last_id = self.top_id = entry_id

    def set_last_id(self, entry_id: int) -> None:
        """Let the next id be greater than one. It may go back as far as to the last entry."""
        self.last_id = entry_id
        nodes = self._nodes
        while nodes and entry_id < nodes[-1].last and not nodes[-1].count:
            self._replace(len(nodes) - 1, len(nodes), [])  # a node of deleted entries with greater ids

    # Reading

    def range(self, start: int, end: int, count: int = 0, *, backwards: bool = False) -> list[Entry]:
        """Return the entries with ids from `start` to `end`, at most `count` of them unless it is 0."""
        found: list[Entry] = []
        nodes = self._nodes
        if start > end or not self.length:
            return found
        place = max(self._place(end if backwards else start), 0)
        step = -1 if backwards else 1
        while 0 <= place < len(nodes):
            node = nodes[place]
            if node.last < start if backwards else node.first > end:
                break
            self._open(node)
            ids, entries = node.ids, node.entries
            low, high = bisect_left(ids, start), bisect_right(ids, end)
            if count and high - low > count - len(found):
                if backwards:
                    low = high - (count - len(found))
                else:
                    high = low + (count - len(found))
            part = list(zip(ids[low:high], entries[low:high], strict=True))
            found += part[::-1] if backwards else part
            if count and len(found) >= count:
                break
            place += step
        return found

    def get(self, entry_id: int) -> Fields | None:
        """Return the fields and values of an entry, in turns, or None if there is no such entry."""
        place = self._place(entry_id)
        if place < 0:
            return None
        node = self._nodes[place]
        self._open(node)
        index = bisect_left(node.ids, entry_id)
        return node.entries[index] if index < node.count and node.ids[index] == entry_id else None

    # Removing

    def delete(self, entry_id: int) -> bool:
        """Remove an entry; tells whether it was there."""
        place = self._place(entry_id)
        if place < 0:
            return False
        node = self._nodes[place]
        self._open(node)
        index = bisect_left(node.ids, entry_id)
        if index == node.count or node.ids[index] != entry_id:
            return False
        if node.count == 1:
            self._replace(place, place + 1, [])
        else:
            node.remove(index, index + 1)
        self.length -= 1
        self.max_deleted_id = max(self.max_deleted_id, entry_id)
        if entry_id in (self.first_id, self.top_id):
            self._find_ends()
        return True

    def trim(
        self,
        length: int | None = None,
        *,
        least: int = 0,
        whole_nodes: bool = False,
        limit: int = 0,
        references: References = References.KEEP,
    ) -> int:
        """Remove the oldest entries until `length` are left, or without a length those with ids below `least`.

        With `whole_nodes` a node of which only a part has to go stays, with a `limit` only as many entries go. Returns
        how many that were (streamTrim in Redis' t_stream.c).
        """
        nodes = self._nodes
        place = removed = 0
        kept: list[Node] = []
        whole = True
        while whole and place < len(nodes) and (length is None or self.length > length):
            node = nodes[place]
            count = node.count
            if limit and removed + count > limit:
                break
            whole = node.last < least if length is None else self.length - count >= length
            if references is not References.KEEP:
                gone = self._trim_checked(node, length, least, references)
            elif whole:
                gone = count
            elif whole_nodes:
                break
            else:
                self._open(node)
                gone = bisect_left(node.ids, least) if length is None else self.length - length
                node.remove(0, gone)
            self.length -= gone
            removed += gone
            place += 1
            if not whole or gone < count:
                kept.append(node)
        if place > len(kept):
            self._replace(0, place, kept)
        if removed:
            self._find_first()
            if not self.length or references is not References.KEEP:
                self._find_last()
        return removed

    def _trim_checked(self, node: Node, length: int | None, least: int, references: References) -> int:
        """Remove entries from a node one by one, with a look at who refers to them; return how many went."""
        self._open(node)
        gone = 0
        for entry_id in node.ids[:]:
            if entry_id >= least if length is None else self.length - gone <= length:
                break
            if references is References.REMOVE:
                self.remove_references(entry_id)
            elif self.is_referenced(entry_id):
                continue
            index = bisect_left(node.ids, entry_id)
            node.remove(index, index + 1)
            gone += 1
        return gone

    def is_referenced(self, entry_id: int) -> bool:
        """Tell whether a group has not read an entry, or not acknowledged it."""
        return any(group.last_id < entry_id or entry_id in group.pending for group in self.groups.values())

    def remove_references(self, entry_id: int) -> None:
        """Let no group wait for the acknowledgement of an entry."""
        for group in self.groups.values():
            group.remove(entry_id)

    def _find_ends(self) -> None:
        self._find_first()
        self._find_last()

    def _find_first(self) -> None:
        self.first_id = 0
        for node in self._nodes if self.length else ():
            if node.count:
                self._open(node)
                self.first_id = node.ids[0]
                break

    def _find_last(self) -> None:
        self.top_id = 0
        for node in reversed(self._nodes) if self.length else ():
            if node.count:
                self._open(node)
                self.top_id = node.ids[-1]
                break

    # Nodes

    @classmethod
    def of_nodes(cls, nodes: list[Node]) -> Stream:
        """Put a stream together of open nodes, in the order of their ids. What was in the past is not known."""
        stream = cls()
        stream._nodes = nodes
        stream.length = stream.added = sum(node.count for node in nodes)
        for node in nodes[:-1]:
            node.close()
        stream._find_first()
        stream._find_last()
        stream.last_id = stream.top_id
        return stream

    def each_node(self) -> Iterator[Node]:
        """Yield the nodes, each of them open until the next one is asked for."""
        for node in self._nodes:
            self._open(node)
            yield node

    @property
    def nodes(self) -> int:
        """How many nodes there are: the keys of Redis' radix tree."""
        return len(self._nodes)

    @property
    def tree_nodes(self) -> int:
        """How many nodes Redis' radix tree has."""
        if not self._tree_nodes:
            self._tree_nodes = tree_nodes([node.first for node in self._nodes])
        return self._tree_nodes

    def _place(self, entry_id: int) -> int:
        """Return the index of the only node that can hold an id, -1 for an id before all nodes."""
        nodes = self._nodes
        if nodes and entry_id >= nodes[-1].first:
            return len(nodes) - 1
        return bisect_right(nodes, entry_id, key=_first) - 1

    def _open(self, node: Node) -> None:
        """Unpack a node, and close the one that has been open for the longest time."""
        if not node.is_open:
            node.open()
            if node is not self._nodes[-1]:
                self._keep_open(node)

    def _keep_open(self, node: Node) -> None:
        self._open_nodes.append(node)
        if len(self._open_nodes) > OPEN_NODES:
            self._open_nodes.pop(0).close()

    def _begin_node(self, entry_id: int, fields: Fields, size: int) -> Node:
        """Make a node for an entry that has no room in the last one."""
        if size > LISTPACK_LIMIT:
            raise ValueError("an entry larger than a node may be")
        nodes = self._nodes
        if nodes:
            self._keep_open(nodes[-1])
        node = Node(entry_id, fields[::2])
        nodes.append(node)
        self._tree_nodes = 0
        return node

    def _replace(self, start: int, stop: int, kept: list[Node]) -> None:
        """Remove the nodes from index `start` to before `stop`, except some."""
        nodes = self._nodes
        gone = set(nodes[start:stop]).difference(kept)
        if not gone:
            return
        nodes[start:stop] = kept
        self._open_nodes = [node for node in self._open_nodes if node not in gone]
        self._tree_nodes = 0
        if nodes:  # the last one is always open, and never among those that are closed
            nodes[-1].open()
            self._open_nodes = [node for node in self._open_nodes if node is not nodes[-1]]

    # What groups have read

    def has_deleted_after(self, entry_id: int) -> bool:
        """Tell whether entries behind an id, or that one, may have been deleted (streamRangeHasTombstones)."""
        return self.length > 0 and self.max_deleted_id > 0 and entry_id <= self.max_deleted_id

    def added_until(self, entry_id: int) -> int | None:
        """How many entries had been added when that of an id was, None if nobody can tell any more.

        It is known at the ends of the stream only (streamEstimateDistanceFromFirstEverEntry in Redis' t_stream.c).
        """
        if not self.added:
            return 0
        if not self.length and entry_id <= self.last_id:
            return self.added
        if entry_id and entry_id < self.max_deleted_id:
            return None
        if entry_id >= self.last_id:
            return self.added if entry_id == self.last_id else None
        if self.max_deleted_id and self.max_deleted_id >= self.first_id:
            return None
        if entry_id < self.first_id:
            return self.added - self.length
        return self.added - self.length + 1 if entry_id == self.first_id else None

    def lag(self, group: Group) -> int | None:
        """How many entries a group has not read yet, None if nobody can tell."""
        if not self.added or not self.length:
            return 0
        if group.last_id < self.first_id and self.max_deleted_id < self.first_id:
            return self.length
        read = group.entries_read
        if read is None or self.has_deleted_after(group.last_id):
            read = self.added_until(group.last_id)
        return None if read is None else self.added - read

    def note_read(self, group: Group, entry_id: int) -> None:
        """Let a group have read an entry, the first one behind its last."""
        if (
            group.entries_read is not None
            and group.last_id >= self.first_id
            and not self.has_deleted_after(group.last_id)
        ):
            group.entries_read += 1
        elif self.added:
            group.entries_read = self.added_until(entry_id)
        group.last_id = entry_id
