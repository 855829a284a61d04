"""The value of a vector set: elements with a vector each, and the search for those that are most similar to another.

Redis finds neighbours in a graph (HNSW), fast but not always the nearest ones. Here all vectors are looked at, so what
is found is what Redis finds with TRUTH.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from heapq import nsmallest
from itertools import count

from stubredis.datatypes.sizes import block, blocks
from stubredis.datatypes.vectors import Floats, Quantisation, Vector, project

_uids = count()


class VectorSet:
    """Vectors of one dimension and quantisation by the names of their elements, in the order in which they were added.

    What is added again moves to the end.
    """

    __slots__ = (
        "_names", "_vectors", "added", "attributes", "input_dimension", "links", "quantisation", "uid",
    )  # fmt: skip

    encoding = b"raw"
    """What OBJECT ENCODING says of every value of a module."""

    def __init__(self, quantisation: Quantisation, links: int, input_dimension: int = 0) -> None:
        self.quantisation = quantisation
        self.links = links
        """The number of neighbours that an element is linked with: Redis' M."""
        self.input_dimension = input_dimension
        """The dimension of the vectors before they are reduced, 0 if they are not."""
        self.uid = next(_uids)
        self.added = 0
        """How many vectors have ever been added."""
        self.attributes: dict[bytes, bytes] = {}
        """A text, usually a JSON object, for some of the elements."""
        self._vectors: dict[bytes, Vector] = {}
        self._names: list[bytes] | None = None
        """The elements by their place, if they were asked for at random since they changed last."""

    def memory(self, samples: int) -> int:
        """Return the bytes that the vectors and attributes take (sizes.py)."""
        size = block(self) + blocks(self._vectors, len(self), samples) + block(self._vectors)
        size += blocks(self._vectors.values(), len(self), samples, Vector.memory)
        count = len(self.attributes)
        return size + block(self.attributes) + blocks(self.attributes.values(), count, samples)

    def __len__(self) -> int:
        return len(self._vectors)

    def __contains__(self, name: object) -> bool:
        return name in self._vectors

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._vectors)

    @property
    def dimension(self) -> int:
        """The dimension of the vectors as they are kept."""
        return self.quantisation.dimension

    def copy(self) -> VectorSet:
        """Return an independent set of the same vectors and attributes."""
        other = VectorSet(self.quantisation, self.links, self.input_dimension)
        other.added = self.added
        other.attributes = self.attributes.copy()
        other._vectors = self._vectors.copy()  # a vector never changes
        return other

    # Changing it

    def reduce(self, values: Floats) -> Floats:
        """Reduce a vector of the input dimension to the dimension of the set."""
        return project(values, self.dimension)

    def add(self, name: bytes, values: Floats) -> bool:
        """Give an element a vector, of the dimension of the set; tells whether the element is new."""
        is_new = self._vectors.pop(name, None) is None
        self._vectors[name] = self.quantisation.vector(values)
        self._names = None
        self.added += 1
        return is_new

    def remove(self, name: bytes) -> bool:
        """Remove an element; tells whether it was there."""
        if self._vectors.pop(name, None) is None:
            return False
        self._names = None
        self.attributes.pop(name, None)
        return True

    # Looking at it

    def vector(self, name: bytes) -> Vector | None:
        """Return the vector of an element as it is kept."""
        return self._vectors.get(name)

    def nearest(
        self, values: Floats, count: int, accepts: Callable[[bytes], bool] | None = None
    ) -> list[tuple[bytes, float]]:
        """Return the elements nearest to a vector with their distances; only with attributes that are accepted, if any.

        Elements at the same distance come in the order in which they were added.
        """
        names = list(self._vectors)
        if accepts is not None:
            attributes = self.attributes
            names = [name for name in names if name in attributes and accepts(attributes[name])]
        return self._nearest(self.quantisation.vector(values), names, count)

    def neighbours(self, name: bytes) -> list[tuple[bytes, float]]:
        """Return the elements that one is linked with, and their distances."""
        return self._nearest(self._vectors[name], [other for other in self._vectors if other != name], self.links)

    def _nearest(self, query: Vector, names: list[bytes], count: int) -> list[tuple[bytes, float]]:
        vectors = list(map(self._vectors.__getitem__, names))
        distances = self.quantisation.distances(query, vectors)
        places = nsmallest(min(count, len(names)), range(len(names)), key=distances.__getitem__)
        return [(names[place], distances[place]) for place in places]

    def random(self) -> bytes:
        """Return a random element of a set that is not empty."""
        return random.choice(self._listed())

    def sample(self, count: int) -> list[bytes]:
        """Return so many different random elements, or all."""
        return random.sample(self._listed(), min(count, len(self)))

    def random_with_repetitions(self, count: int) -> list[bytes]:
        """Return random elements, each chosen anew."""
        return random.choices(self._listed(), k=count)

    def _listed(self) -> list[bytes]:
        if self._names is None:
            self._names = list(self._vectors)
        return self._names
