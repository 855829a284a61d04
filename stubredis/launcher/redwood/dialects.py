"""The text of a file → plain values, in the dialects of js-yaml 4.2, JSON, JSON with comments, and JSON5."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

from stubredis.launcher.redwood.values import number
from stubredis.launcher.settings import SettingsError

INSTALL = 'install it with: pip install "stubredis[redwood]"'


def load(path: Path) -> Any:
    """Return the value of a file, None where it is empty. Raises SettingsError naming file, line and reason.

    A file with another extension than these contributes nothing, which is shown by an empty mapping.
    """
    parse = PARSERS.get(path.suffix.lower())
    if parse is None:
        return {}
    try:
        # Bytes that are no UTF-8 become replacement characters, as in Node.
        content = path.read_bytes().decode("utf-8", errors="replace")
    except OSError as error:
        raise SettingsError(f"cannot read {path}: {error.strerror}") from None
    try:
        return parse(content)
    except _ParseError as error:
        where = f", line {error.line}" if error.line else ""
        raise SettingsError(f"{path}{where}: {error}") from None
    except RecursionError:
        raise SettingsError(f"{path}: nested too deeply") from None


class _ParseError(Exception):
    """What a parser does not like, and in which line."""

    def __init__(self, reason: str, line: int = 0) -> None:
        super().__init__(" ".join(reason.split()))
        self.line = line


def _json(content: str) -> Any:
    def refuse(word: str) -> NoReturn:
        raise _ParseError(f"{word} is no JSON")

    try:
        return json.loads(content, parse_int=_number, parse_float=_number, parse_constant=refuse)
    except json.JSONDecodeError as error:
        raise _ParseError(f"invalid JSON: {error.msg}", error.lineno) from None


def _json5(content: str) -> Any:
    try:
        import json5  # noqa: PLC0415 -- the extra is needed only where such a file is
    except ImportError:
        raise _ParseError(f"JSON5 needs the extra redwood; {INSTALL}") from None
    try:
        return _in_javascript(json5.loads(content))
    except ValueError as error:
        line = re.match(r"<string>:(\d+) ", str(error))
        raise _ParseError(
            re.sub(r"^<string>:\d+ ", "invalid JSON5: ", str(error)), int(line[1]) if line else 0
        ) from None


def _yaml(content: str) -> Any:
    try:
        from stubredis.launcher.redwood import yaml_dialect  # noqa: PLC0415 -- imports the extra
    except ImportError:
        raise _ParseError(f"YAML needs the extra redwood; {INSTALL}") from None
    try:
        return yaml_dialect.load(content)
    except yaml_dialect.YAMLReadError as error:
        raise _ParseError(str(error), error.line) from None


def _number(digits: str) -> int | float:
    # For whole numbers, too: int() refuses thousands of digits, float() does not.
    return number(float(digits))


def _in_javascript(value: Any) -> Any:
    """Give numbers the one kind that JavaScript has."""
    if isinstance(value, dict):
        return {name: _in_javascript(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_in_javascript(inner) for inner in value]
    if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
        return number(value)
    return value


PARSERS: dict[str, Callable[[str], Any]] = {
    ".yaml": _yaml,
    ".yml": _yaml,
    ".json": _json,
    ".jsonc": _json5,
    ".json5": _json5,
}
"""By the extension in small letters."""
