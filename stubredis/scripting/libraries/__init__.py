"""The libraries that scripts find beside Lua's own."""

from __future__ import annotations

from typing import Any


def install(lua: Any) -> None:
    """Register the libraries as globals of a runtime, before its globals are locked."""
