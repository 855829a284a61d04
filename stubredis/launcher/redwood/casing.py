"""Names of keys: `my-key` becomes `myKey` once everything is merged, and both are understood when one looks up."""

from __future__ import annotations

import re
from typing import Any

from stubredis.launcher.redwood.values import Leaf, Node, plain

HYPHEN = re.compile(r"-([a-zA-Z0-9])")

SWITCH = "variableCasing"
"""A key that says for its mapping, and what is below, which names are kept; it is no value itself."""


def camel(name: str) -> str:
    """Return a name without the hyphens before letters and digits."""
    return HYPHEN.sub(lambda match: match[1].upper(), name)


def convert(mapping: dict[str, Any], casing: str | None, remarks: list[str]) -> dict[str, Any]:
    """Return a mapping with the names of the casing, `camel` unless `original` or `both` is asked for.

    Where a mapping has both forms of a name, the one without hyphens wins.
    """
    asked = mapping.get(SWITCH)
    if isinstance(asked, Leaf) and isinstance(asked.value, str):
        casing = asked.value
    keep_camel = casing in (None, "camel", "both")
    keep_original = casing in ("original", "both")
    converted: dict[str, Any] = {}
    for name, node in mapping.items():
        if name == SWITCH:
            continue
        new_name = camel(name)
        if new_name != name and new_name in mapping:
            remarks.append(f"{new_name} is there already, so {name} is passed over: {_place(node)}")
            continue
        inner = _convert_below(node, casing, remarks)
        if keep_camel:
            converted[new_name] = inner
        if keep_original and (new_name != name or not keep_camel):
            converted[name] = inner
    return converted


def _convert_below(node: Node, casing: str | None, remarks: list[str]) -> Node:
    if isinstance(node, dict):
        return convert(node, casing, remarks)
    if isinstance(node, list):
        # Not in arrays that are in arrays.
        return [convert(inner, casing, remarks) if isinstance(inner, dict) else inner for inner in node]
    return node


def _place(node: Node) -> str:
    return node.file if isinstance(node, Leaf) else str(plain(node))
