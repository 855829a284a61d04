"""A folder of configuration files → one mapping: names of folders and files are the path of what they hold."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import Any

from stubredis.launcher.redwood import dialects
from stubredis.launcher.redwood.values import Node, as_mapping, merge, tree
from stubredis.launcher.settings import SettingsError

INDEX = re.compile(r"_?index\.")
"""A file of this name speaks for its folder."""


def load_folder(folder: Path, remarks: list[str]) -> dict[str, Any]:
    """Return the values of a folder, empty if there is none; what is passed over goes to the remarks.

    Raises SettingsError for the first file that cannot be read.
    """
    if not folder.exists():
        return {}
    values: dict[str, Any] = {}
    contents = _listed(folder)
    for path in contents:
        if INDEX.match(path.name) and not _is_folder(path):
            merge(values, load_file(path, remarks))
    for path in contents:
        if path.name.startswith(".git"):
            continue
        if _is_folder(path):
            _merge_at(values, path.name, load_folder(path, remarks))
        elif not INDEX.match(path.name):
            # With another dot, or none, the name is not that of a key. A link to a folder counts as a file.
            name, *extensions = path.name.split(".")
            if len(extensions) == 1:
                _merge_at(values, name, load_file(path, remarks))
            else:
                remarks.append(f"{path} is passed over: a configuration file has one extension and no other dot")
    return values


def load_file(path: Path, remarks: list[str]) -> dict[str, Any]:
    """Return the values of a file; an empty one has none. Raises SettingsError."""
    if path.suffix.lower() not in dialects.PARSERS:
        remarks.append(f"{path} is passed over: its extension is none of {', '.join(dialects.PARSERS)}")
    return as_mapping(tree(dialects.load(path), str(path)))


def _merge_at(values: dict[str, Any], name: str, inner: dict[str, Any]) -> None:
    """Merge under a name. What an index file says there instead of a mapping stays, a null too."""
    present: Node = values.setdefault(name, {})
    if isinstance(present, dict):
        merge(present, inner)


def _listed(folder: Path) -> list[Path]:
    """Return the contents in the order in which Node gets them: that of bytes, on Windows without regard to case."""
    try:
        contents = list(folder.iterdir())
    except OSError as error:
        raise SettingsError(f"cannot read the folder {folder}: {error.strerror}") from None
    return sorted(contents, key=lambda path: path.name.upper() if sys.platform == "win32" else os.fsencode(path.name))


def _is_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()
