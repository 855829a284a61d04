"""`stubredis --version`: the version, and which extras are installed."""

from __future__ import annotations

from importlib import import_module, metadata, util

from stubredis.versions import __version__

EXTRAS = {"lua": ("lupa", "greenlet"), "redwood": ("ruamel.yaml",)}
"""What each extra of the package brings, the most telling first."""


def line() -> str:
    """Return a line such as `stubredis 0.1.0 (lua: lupa 2.8, Lua 5.1; redwood: not installed)`."""
    return f"stubredis {__version__} ({'; '.join(f'{extra}: {state(extra)}' for extra in EXTRAS)})"


def state(extra: str) -> str:
    """Say which version of an extra is there, or what is missing."""
    missing = [package for package in EXTRAS[extra] if not installed(package)]
    if len(missing) == len(EXTRAS[extra]):
        return "not installed"
    if missing:
        return f"{', '.join(missing)} is missing"
    package = EXTRAS[extra][0]
    found = f"{package} {metadata.version(package)}"
    if extra == "lua":
        major, minor = import_module("lupa.lua51").LUA_VERSION
        found += f", Lua {major}.{minor}"
    return found


def installed(package: str) -> bool:
    """Tell whether a package can be imported."""
    try:
        return util.find_spec(package) is not None
    except ModuleNotFoundError:  # the package that it is part of is missing
        return False
