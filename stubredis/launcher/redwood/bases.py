"""`incantaConfigBase: NAME`: the mapping of that name is what its siblings are written over."""

from __future__ import annotations

from typing import Any

from stubredis.launcher.redwood.values import Leaf, Node, as_mapping, merge_by_index

KEY = "incantaConfigBase"


def apply_bases(values: dict[str, Any]) -> None:
    """Write the siblings of each base over it, and take the key itself out. Arrays are merged by index here."""
    _apply_below(values)
    _remove_below(values)


def _apply_below(node: Node) -> None:
    for name, _ in _children(node):
        if name == KEY and isinstance(node, dict):
            _apply(node)
        else:
            _apply_below(node[name])  # type: ignore[index]


def _apply(mapping: dict[str, Any]) -> None:
    chosen = mapping[KEY]
    base_name = chosen.value if isinstance(chosen, Leaf) else None
    base = mapping.get(base_name) if isinstance(base_name, str) else None
    for name, node in mapping.items():
        if name not in (KEY, base_name):
            mapping[name] = merge_by_index({} if base is None else as_mapping(base), as_mapping(node))


def _remove_below(node: Node) -> None:
    if isinstance(node, dict):
        node.pop(KEY, None)
    for _, inner in _children(node):
        _remove_below(inner)


def _children(node: Node) -> list[tuple[Any, Node]]:
    """Return what is below, by name or index. A copy: the names stay the same, what is there may be replaced."""
    if isinstance(node, dict):
        return list(node.items())
    return list(enumerate(node)) if isinstance(node, list) else []
