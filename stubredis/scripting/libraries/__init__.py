"""The libraries that scripts find besides Lua's own: cjson, cmsgpack, struct and bit.

They are written in Lua, after the behaviour of the C libraries in Redis, so that a script that hangs in one of them can
be ended like any other, and so that tables are walked in the order in which Lua keeps them.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.resources import files
from typing import Any

from stubredis.scripting.host import guarded
from stubredis.scripting.libraries import native

SOURCE = b"@stubredis"
"""What all Lua of the host is from: errors name the script that called it."""
NAMES = ("bit", "cjson", "cmsgpack", "struct")

# Python's functions are called from closures: a script never gets hold of one. A zero loses its sign on the way.
_BRIDGE = b"""
local bits, pack_float, unpack_float = ...
local null = newproxy(true)
local shape = getmetatable(null)
shape.__tostring = function() return "userdata: (nil)" end
shape.__metatable = false
return {
    null = null,
    bits = function(...) return bits(...) end,
    pack_float = function(layout, number)
        local packed, failed = pack_float(layout, number, number == 0 and 1 / number < 0)
        if failed then error(packed, 0) end
        return packed
    end,
    unpack_float = function(...) return unpack_float(...) end,
}
"""


def install(lua: Any, has_room: Callable[[], bool]) -> None:
    """Make the libraries global names of a Lua runtime that hands strings over as bytes."""
    pack_float = guarded(native.pack_float, has_room)
    bridge = lua.execute(_BRIDGE, native.bits, pack_float, native.unpack_float)
    load = lua.globals()[b"loadstring"]

    def execute(name: str, *words: Any) -> Any:
        return load(files(__name__).joinpath(f"{name}.lua").read_bytes(), SOURCE)(*words)

    common = execute("common")
    for name in NAMES:
        lua.globals()[name.encode()] = execute(name, common, bridge)
