"""YAML as js-yaml 4.2 reads it, on ruamel.yaml: one document, the core schema, merge keys, keys that are text.

ruamel.yaml reads the syntax; which scalars are numbers, what a duplicate key is and how `<<` merges is decided here,
since the libraries differ there (`1_000`, `+.5`, `=` are text in js-yaml).
"""

from __future__ import annotations

import base64
import math
import re
from collections.abc import Iterator
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.resolver import VersionedResolver
from ruamel.yaml.tag import Tag

from stubredis.launcher.redwood.values import number, text

CORE = "tag:yaml.org,2002:"
PLAIN = Tag(suffix="plain")

TAGS: dict[type, set[str]] = {
    ScalarNode: {"plain", *(CORE + kind for kind in ("null", "bool", "int", "float", "timestamp", "str", "binary"))},
    SequenceNode: {CORE + kind for kind in ("seq", "omap", "pairs")},
    MappingNode: {CORE + kind for kind in ("map", "set")},
}
"""The tags of js-yaml's default schema, by the kind of node they stand at."""

NULLS = {"", "~", "null", "Null", "NULL"}
BOOLEANS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
INTEGER = re.compile(r"[-+]?(?:0b[01]+|0x[0-9a-fA-F]+|0o[0-7]+|[0-9]+)")
FLOAT = re.compile(r"[-+]?[0-9]+(?:\.[0-9]*)?(?:[eE][-+]?[0-9]+)?|\.[0-9]+(?:[eE][-+]?[0-9]+)?")
SPECIAL = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
TIMESTAMP = re.compile(
    r"\d{4}-\d\d-\d\d|\d{4}-\d\d?-\d\d?(?:[Tt]|[ \t]+)\d\d?:\d\d:\d\d(?:\.\d*)?(?:[ \t]*(?:Z|[-+]\d\d?(?::\d\d)?))?",
    re.ASCII,
)


class YAMLReadError(Exception):
    """What is wrong with a document, and in which line, counted from 1."""

    def __init__(self, reason: str, line: int) -> None:
        super().__init__(reason)
        self.line = line


def load(content: str) -> Any:
    """Return the value of the document, None where there is none. Raises YAMLReadError."""
    yaml = YAML(typ="safe", pure=True)
    yaml.Resolver = _PlainScalars
    yaml.composer.warn_double_anchors = False
    try:
        root = yaml.compose(content.removeprefix("\ufeff"))
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise YAMLReadError(str(error.problem or error.context), mark.line + 1 if mark else 0) from None
    except YAMLError as error:
        raise YAMLReadError(str(error), 0) from None
    return None if root is None else _construct(root)


class _PlainScalars(VersionedResolver):
    """Marks the scalars without quotes and without a tag, whose value their text decides."""

    def resolve(self, kind: Any, _value: Any, implicit: Any) -> Any:
        if kind is ScalarNode:
            return PLAIN if implicit[0] else self.DEFAULT_SCALAR_TAG
        return self.DEFAULT_SEQUENCE_TAG if kind is SequenceNode else self.DEFAULT_MAPPING_TAG


def _construct(node: Node) -> Any:
    tag = str(node.tag)
    known = TAGS[type(node)]
    if tag not in known:
        raise YAMLReadError(f"unknown tag !<{tag}>", node.start_mark.line + 1)
    if isinstance(node, MappingNode):
        return _mapping(node)
    if isinstance(node, SequenceNode):
        return _sequence(node, tag)
    assert isinstance(node, ScalarNode)
    return _scalar(node, tag)


def _scalar(node: ScalarNode, tag: str) -> Any:
    word: str = node.value
    if tag == str(PLAIN):
        return plain_scalar(word)
    if tag == CORE + "str":
        return word
    if tag == CORE + "binary":
        return _binary(node)
    value = plain_scalar(word)
    fits = {
        CORE + "null": value is None,
        CORE + "bool": isinstance(value, bool),
        CORE + "int": INTEGER.fullmatch(word) is not None,
        CORE + "float": FLOAT.fullmatch(word) is not None or SPECIAL.fullmatch(word) is not None,
        CORE + "timestamp": TIMESTAMP.fullmatch(word) is not None,
    }
    if not fits[tag]:
        raise YAMLReadError(f"cannot resolve a node with !<{tag}> explicit tag", node.start_mark.line + 1)
    return value


def _binary(node: ScalarNode) -> list[int]:
    try:
        return list(base64.b64decode("".join(node.value.split()), validate=True))
    except ValueError:
        raise YAMLReadError(
            f"cannot resolve a node with !<{node.tag}> explicit tag", node.start_mark.line + 1
        ) from None


def _sequence(node: SequenceNode, tag: str) -> Any:
    values = [_construct(inner) for inner in node.value]
    if tag == CORE + "pairs":
        return [[name, inner] for value in values for name, inner in value.items()]
    return values


def _mapping(node: MappingNode) -> dict[str, Any]:
    """Build a mapping: keys become text, `<<` brings what the mapping does not say itself, twice is a mistake."""
    mapping: dict[str, Any] = {}
    merged: set[str] = set()
    for key, inner in node.value:
        if str(key.tag) in (str(PLAIN), CORE + "merge") and key.value == "<<":
            for source in _sources(inner):
                for name, value in source.items():
                    if name not in mapping:
                        mapping[name] = value
                        merged.add(name)
            continue
        name = text(_construct(key))
        if name in mapping and name not in merged:
            raise YAMLReadError(f"duplicated mapping key '{name}'", key.start_mark.line + 1)
        merged.discard(name)
        mapping[name] = _construct(inner)
    return mapping


def _sources(node: Node) -> Iterator[dict[str, Any]]:
    for source in node.value if isinstance(node, SequenceNode) else [node]:
        if not isinstance(source, MappingNode):
            raise YAMLReadError("cannot merge mappings; the source is none", source.start_mark.line + 1)
        yield _mapping(source)


def plain_scalar(word: str) -> Any:
    """Return the value of a scalar without quotes."""
    if word in NULLS:
        return None
    if word in BOOLEANS:
        return BOOLEANS[word]
    if INTEGER.fullmatch(word):
        return _integer(word)
    if FLOAT.fullmatch(word):
        value = float(word)
        return number(value) if math.isfinite(value) else word
    if SPECIAL.fullmatch(word):
        return float(word.replace(".", "", 1))
    if TIMESTAMP.fullmatch(word):
        # A date, which has no own properties and so is an empty mapping once the values are merged.
        return {}
    return word


def _integer(word: str) -> int | float | str:
    sign = -1 if word[0] == "-" else 1
    digits = word.lstrip("+-")
    base = {"0b": 2, "0x": 16, "0o": 8}.get(digits[:2], 10)
    value = float(digits) if base == 10 else float(int(digits[2:], base)) if len(digits) < 260 else math.inf
    return number(sign * value) if math.isfinite(value) else word
