"""References: `${a.b}` in a text is replaced by what stands there, once everything is merged."""

from __future__ import annotations

import posixpath
import re
from typing import Any

from stubredis.launcher.redwood.casing import camel
from stubredis.launcher.redwood.values import Leaf, Node, plain, text
from stubredis.launcher.settings import SettingsError

REFERENCE = re.compile(r"\$\{([a-zA-Z\-_0-9./]+)\}")

SECRET = "secret|"
"""How a value begins that stands for a secret."""


def resolve(values: dict[str, Any]) -> dict[str, Any]:
    """Return the values with all references replaced. Raises SettingsError for one that leads nowhere."""
    return _Resolving(values).mapping(values, [])


class _Resolving:
    def __init__(self, values: dict[str, Any]) -> None:
        self.values = values
        self.under_way: list[str] = []

    def node(self, node: Node, path: list[str]) -> Node:
        if isinstance(node, dict):
            return self.mapping(node, path)
        if isinstance(node, list):
            # What is in an array counts as standing in the mapping that holds the array.
            return [self.node(inner, path) for inner in node]
        if isinstance(node.value, str) and "${" in node.value:
            return Leaf(self.text(node.value, path, node.file), node.file)
        return node

    def mapping(self, mapping: dict[str, Any], path: list[str]) -> dict[str, Any]:
        return {
            name: self.node(node, [*path, name] if isinstance(node, dict) else path) for name, node in mapping.items()
        }

    def text(self, value: str, path: list[str], file: str) -> str:
        """Replace the references in a text that stands in the mapping of the path."""

        def replacement(match: re.Match[str]) -> str:
            parts = absolute(match[1], path)
            found = self.look_up(parts, match[0], file)
            if not isinstance(found, Leaf):
                return text(plain(found))
            if found.value is None:
                return match[0]
            if not isinstance(found.value, str):
                return text(found.value)
            if REFERENCE.search(found.value):
                if match[0] in self.under_way:
                    raise SettingsError(f"{file}: the references {' → '.join(self.under_way)} go in a circle")
                self.under_way.append(match[0])
                inner = self.text(found.value, parts[:-1], found.file)
                self.under_way.pop()
                return inner
            # In parentheses a secret is found amid other text.
            return f"({found.value})" if found.value.startswith(SECRET) else found.value

        return REFERENCE.sub(replacement, value)

    def look_up(self, parts: list[str], reference: str, file: str) -> Node:
        try:
            return look_up(self.values, parts)
        except KeyError:
            raise SettingsError(
                f"{file}: {reference} leads nowhere: could not find value for key {'.'.join(parts)}"
            ) from None


def absolute(reference: str, path: list[str]) -> list[str]:
    """Return the path a reference means: from the root, or, with a dot first, from the mapping it stands in."""
    if not reference.startswith("."):
        return reference.split(".")
    return posixpath.normpath(f"{'/'.join(path)}/{reference}").replace("/", ".").split(".")


def look_up(values: Node, parts: list[str]) -> Node:
    """Return what stands at a path, whose names may be in either casing. Raises KeyError."""
    node = values
    for part in parts:
        if isinstance(node, dict):
            node = node[camel(part)] if camel(part) in node else node[part]
        elif isinstance(node, list) and part.isdecimal() and int(part) < len(node):
            node = node[int(part)]
        else:
            raise KeyError(part)
    return node
