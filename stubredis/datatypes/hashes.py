"""The value of a hash key."""

from __future__ import annotations


class Hash(dict[bytes, bytes]):
    """Fields and their values, in the order in which the fields came."""

    __slots__ = ()

    def copy(self) -> Hash:
        """Return an independent hash of the same fields."""
        return Hash(self)
