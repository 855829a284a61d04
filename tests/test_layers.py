"""Who may import whom: each module may use the layers below its own, and modules beside it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "stubredis"

#: From the bottom to the top. A name stands for the module, or for everything in the package.
LAYERS = [
    {"errors", "reasons", "clock", "versions", "openfiles", "files", "histogram", "latency", "commandlog", "redaction"},
    {"datatypes", "protocol"},
    {"rdb"},
    {
        "kinds",
        "parameters",
        "known_parameters",
        "conf_file",
        "config",
        "usage",
        "arguments",
        "effects",
        "keyspace",
        "expiry",
        "blocking",
        "pubsub",
        "notifications",
        "stats",
    },
    {
        "command",
        "client",
        "accesses",
        "frequencies",
        "uses",
        "eviction",
        "client_memory",
        "memory",
        "process",
        "docs",
        "info",
        "strings",
        "tls",
        "timing",
        "digest",
        "permissions",
        "acl_log",
        "acl",
        "monitoring",
        "tracking",
        "saving",
    },
    {"dispatch"},
    {"scripting"},
    {"commands"},
    {"session"},
    {"connection", "outgoing"},
    {"listening"},
    {"server"},
    {"asking", "embedding", "event_loop", "log"},
    {"pytest_plugin", "serving"},
    {"launcher"},
    {"cli"},
    {"container"},
    {"__init__", "__main__"},
]
LEVEL = {name: level for level, names in enumerate(LAYERS) for name in names}

#: Modules that only some of us may import.
RESERVED = {
    "asyncio": {
        "server",
        "listening",
        "connection",
        "outgoing",
        "launcher",
        "embedding",
        "event_loop",
        "serving",
        "cli",
    },
    "hiredis": {"protocol"},
    "time": {"clock", "container", "launcher"},
}

MODULES = sorted(PACKAGE.rglob("*.py"))


def dotted(path: Path) -> str:
    """Return a module's name below the package: `commands.lists`, or `commands` for its `__init__`."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if len(parts) > 1 and parts[-1] == "__init__" else parts)


def is_for_types(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)


def imports(node: ast.AST) -> Iterator[str]:
    """Return the full names that a module imports at run time, at its top or later."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            yield from (alias.name for alias in child.names)
        elif isinstance(child, ast.ImportFrom):
            yield from (f"{child.module}.{alias.name}" for alias in child.names)
        elif is_for_types(child):
            assert isinstance(child, ast.If)
            for alternative in child.orelse:
                yield from imports(ast.Module([alternative], []))
        else:
            yield from imports(child)


def complaints(module: str, source: str) -> Iterator[str]:
    """Return what is wrong with the imports of one module."""
    part = module.partition(".")[0]
    for imported in imports(ast.parse(source)):
        root, *below = imported.split(".")
        if part not in RESERVED.get(root, {part}):
            yield f"{root} is for {', '.join(sorted(RESERVED[root]))} only"
        if root != "stubredis" or below == ["__version__"]:
            continue
        other = below[0] if below and below[0] in LEVEL else "__init__"  # `from stubredis import Server`
        if LEVEL[other] > LEVEL[part]:
            yield f"{imported} is above"
        if other == part == "commands" != module:
            yield f"{imported}: command modules do not import one another, what they share moves down"


@pytest.mark.parametrize("path", MODULES, ids=dotted)
def test_imports_only_what_lies_below(path: Path) -> None:
    module = dotted(path)
    assert module.partition(".")[0] in LEVEL, f"{module} has no layer yet: give it one in LAYERS"
    assert list(complaints(module, path.read_text())) == []


@pytest.mark.parametrize(
    ("module", "source", "count"),
    [
        ("keyspace", "from stubredis.errors import CommandError", 0),
        ("keyspace", "from stubredis import dispatch", 1),
        ("keyspace", "def late():\n    import stubredis.server", 1),
        ("keyspace", "if TYPE_CHECKING:\n    from stubredis.client import Client", 0),
        ("keyspace", "import time\nfrom asyncio import sleep", 2),
        ("protocol.requests", "import hiredis", 0),
        ("dispatch", "from hiredis import Reader", 1),
        ("commands.lists", "from stubredis.dispatch import call", 0),
        ("commands.lists", "from stubredis.commands.strings import get", 1),
        ("commands", "from stubredis.commands import lists, strings", 0),
    ],
)
def test_the_rules_are_applied(module: str, source: str, count: int) -> None:
    assert len(list(complaints(module, source))) == count
