"""The consumer groups of a stream: what was delivered to whom, and is not acknowledged yet.

The entries themselves are the stream's business: a group knows their ids only.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator

from stubredis.datatypes.sizes import ENTRY_ID, block, blocks

GREATEST_COUNT = 2**63 - 1
SLACK = 64
DELIVERY = 96
"""The bytes of a delivery, with its time."""


class Consumer:
    """One consumer of a group, and the deliveries that it owns. Times are in milliseconds, -1 for never."""

    __slots__ = ("active_time", "name", "pending", "seen_time")

    def __init__(self, name: bytes, now: int) -> None:
        self.name = name
        self.pending = Pending()
        self.seen_time = now
        """When it last tried to read or to claim."""
        self.active_time = -1
        """When it last succeeded."""

    def memory(self) -> int:
        """Return the bytes that the consumer takes (sizes.py); its deliveries are those of the group."""
        return block(self) + block(self.name) + self.pending.memory()


class Delivery:
    """One entry that was delivered to a consumer, or that belongs to nobody since it was given back."""

    __slots__ = ("consumer", "count", "time")

    def __init__(self, consumer: Consumer | None, time: int, count: int) -> None:
        self.consumer = consumer
        self.time = time
        self.count = count

    def count_again(self) -> None:
        """Count one delivery more."""
        if self.count < GREATEST_COUNT:
            self.count += 1


class Pending(dict[int, Delivery]):
    """Deliveries by the id of their entry.

    As a dict they stand in the order in which they were put here; `starting_at` gives them in the order of their
    ids. The ids of those that are gone stay in the ordered list until they are met, so that acknowledging costs no
    search.
    """

    __slots__ = ("_ids",)

    def __init__(self) -> None:
        super().__init__()
        self._ids: list[int] = []

    def memory(self) -> int:
        """Return the bytes that it takes to find the deliveries, not those of the deliveries (sizes.py)."""
        return block(self) + block(self._ids)

    def put(self, entry_id: int, delivery: Delivery) -> None:
        """Add a delivery behind all others, or move it there."""
        if entry_id in self:
            del self[entry_id]
        else:
            ids = self._ids
            if not ids or entry_id > ids[-1]:
                if len(ids) > 2 * len(self) + SLACK:
                    self._tidy()
                self._ids.append(entry_id)
            else:
                place = bisect_left(ids, entry_id)
                if ids[place] != entry_id:
                    ids.insert(place, entry_id)
        self[entry_id] = delivery

    def starting_at(self, start: int) -> Iterator[tuple[int, Delivery]]:
        """Yield ids and deliveries in the order of ids. Deliveries may be removed and moved meanwhile, not added."""
        if len(self._ids) > 2 * len(self) + SLACK:
            self._tidy()
        ids = self._ids
        first = place = bisect_left(ids, start)
        while place < len(ids) and ids[place] not in self:
            place += 1
        del ids[first:place]
        for place in range(first, len(ids)):
            delivery = self.get(ids[place])
            if delivery is not None:
                yield ids[place], delivery

    def ends(self) -> tuple[int, int]:
        """Return the smallest and the greatest id. There must be one."""
        first, _ = next(self.starting_at(0))
        while self._ids[-1] not in self:
            self._ids.pop()
        return first, self._ids[-1]

    def _tidy(self) -> None:
        self._ids = [entry_id for entry_id in self._ids if entry_id in self]


class Group:
    """A consumer group: how far it has read, its consumers, and all deliveries that are pending."""

    __slots__ = ("_in_order", "_latest", "consumers", "entries_read", "last_id", "pending")

    def __init__(self, last_id: int, entries_read: int | None) -> None:
        self.last_id = last_id
        """The greatest id that was delivered."""
        self.entries_read = entries_read
        """How many entries of the stream were ever read, None if nobody can tell."""
        self.consumers: dict[bytes, Consumer] = {}
        self.pending = Pending()
        """The deliveries of all consumers, by their age as long as `_in_order`."""
        self._in_order = True
        self._latest = 0

    def copy(self) -> Group:
        """Return an independent group of the same state."""
        group = Group(self.last_id, self.entries_read)
        for name, consumer in self.consumers.items():
            twin = group.consumers[name] = Consumer(name, consumer.seen_time)
            twin.active_time = consumer.active_time
        for entry_id, delivery in self.by_age():
            owner = None if delivery.consumer is None else group.consumers[delivery.consumer.name]
            group._put(entry_id, Delivery(owner, delivery.time, delivery.count))
            if owner is not None:
                owner.pending.put(entry_id, group.pending[entry_id])
        return group

    def memory(self, samples: int) -> int:
        """Return the bytes that consumers and deliveries take (sizes.py)."""
        consumers = self.consumers
        size = block(self) + block(consumers) + self.pending.memory() + len(self.pending) * (ENTRY_ID + DELIVERY)
        return size + blocks(consumers.values(), len(consumers), samples, Consumer.memory)

    def deliver(self, entry_id: int, consumer: Consumer, now: int) -> Delivery:
        """Note the first delivery of an entry. Where the group was set back, it may be pending already."""
        delivery = self.pending.get(entry_id)
        if delivery is None:
            delivery = Delivery(consumer, now, 1)
            consumer.pending.put(entry_id, delivery)
            self._put(entry_id, delivery)
        else:
            delivery.count = 1
            self.hand_over(entry_id, delivery, consumer, now)
        return delivery

    def create(self, entry_id: int, time: int, count: int) -> Delivery:
        """Note a delivery that belongs to nobody."""
        delivery = Delivery(None, time, count)
        self._put(entry_id, delivery)
        return delivery

    def hand_over(self, entry_id: int, delivery: Delivery, consumer: Consumer | None, time: int) -> None:
        """Let a pending delivery belong to a consumer, or to nobody, as if it had been delivered at a time."""
        if delivery.consumer is not consumer:
            if delivery.consumer is not None:
                del delivery.consumer.pending[entry_id]
            if consumer is not None:
                consumer.pending.put(entry_id, delivery)
            delivery.consumer = consumer
        delivery.time = time
        self._put(entry_id, delivery)

    def remove(self, entry_id: int) -> bool:
        """Forget the delivery of an entry; tells whether it was pending."""
        delivery = self.pending.pop(entry_id, None)
        if delivery is None:
            return False
        if delivery.consumer is not None:
            del delivery.consumer.pending[entry_id]
        return True

    def remove_consumer(self, consumer: Consumer) -> None:
        """Forget a consumer and all that it has not acknowledged."""
        for entry_id in consumer.pending:
            del self.pending[entry_id]
        del self.consumers[consumer.name]

    def by_age(self) -> Iterator[tuple[int, Delivery]]:
        """Iterate over ids and deliveries: those that were given back, then the others, the oldest first."""
        if not self._in_order:
            # The sort is stable: what came later at the same time stays behind.
            deliveries = sorted(self.pending.items(), key=lambda pair: (pair[1].consumer is not None, pair[1].time))
            self.pending.clear()
            self.pending.update(deliveries)
            self._in_order = True
            self._latest = deliveries[-1][1].time if deliveries else 0
        return iter(self.pending.items())

    def _put(self, entry_id: int, delivery: Delivery) -> None:
        self.pending.put(entry_id, delivery)
        if delivery.time < self._latest or delivery.consumer is None:
            self._in_order = False
        else:
            self._latest = delivery.time
