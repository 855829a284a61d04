"""Up to which sizes Redis keeps collections in their compact encodings: the limits of the server that is at work.

The values read them here, without a way to their server. Several servers of one process may have different limits:
whoever begins to execute requests brings its own into force, unless they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_NODE_BYTES = (4096, 8192, 16384, 32768, 65536)
_SAFE_NODE = 8192
"""The most bytes of a node that is limited by its number of elements."""


class Limits:
    """The limits in force."""

    __slots__ = (
        "hash_fields", "hash_length", "intset_members", "list_bytes", "list_elements", "owner", "set_length",
        "set_members", "sorted_set_length", "sorted_set_members",
    )  # fmt: skip

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Go back to the limits of a server that is not configured."""
        self.owner: object = None
        self.hash_fields = 512
        self.hash_length = 64
        self.intset_members = 512
        self.set_members = 128
        self.set_length = 64
        self.sorted_set_members = 128
        self.sorted_set_length = 64
        self.list_bytes = 8192
        self.list_elements = 1 << 63

    def enforce(self, owner: object, values: Mapping[str, Any]) -> None:
        """Bring the limits of a server into force: the values of its configuration."""
        self.owner = owner
        self.hash_fields = values["hash-max-listpack-entries"]
        self.hash_length = values["hash-max-listpack-value"]
        self.intset_members = min(values["set-max-intset-entries"], 1 << 30)
        self.set_members = values["set-max-listpack-entries"]
        self.set_length = values["set-max-listpack-value"]
        self.sorted_set_members = values["zset-max-listpack-entries"]
        self.sorted_set_length = values["zset-max-listpack-value"]
        fill = values["list-max-listpack-size"]
        self.list_bytes = _SAFE_NODE if fill >= 0 else _NODE_BYTES[min(-fill, len(_NODE_BYTES)) - 1]
        self.list_elements = max(fill, 1) if fill >= 0 else 1 << 63


limits = Limits()

NAMES = (
    "hash-max-listpack-entries",
    "hash-max-listpack-value",
    "list-max-listpack-size",
    "set-max-intset-entries",
    "set-max-listpack-entries",
    "set-max-listpack-value",
    "zset-max-listpack-entries",
    "zset-max-listpack-value",
)
"""The parameters that set the limits."""
