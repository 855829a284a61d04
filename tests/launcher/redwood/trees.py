"""Writing folders of configuration files, and reading them, for the tests of the reader."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from stubredis.launcher.redwood import Configuration

#: The content of a file; a list stands for an environment's `_config.json` with these parents.
Files = Mapping[str, str | bytes | dict[str, Any] | list[str]]


def write(root: Path, files: Files) -> Path:
    """Write files by their paths. `D/` stands for `config/default/`, `E/` for `config/e/`."""
    for name, content in files.items():
        path = root / name.replace("D/", "config/default/").replace("E/", "config/e/")
        if isinstance(content, list):
            path, content = path / "_config.json", {"parentNames": content}
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, dict):
            content = json.dumps(content)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return root


def read(root: Path, **environ: str) -> Configuration:
    """Read the configuration below a folder; the environment is `e` unless the environment variables say otherwise."""
    return Configuration(cwd=root, environ={"NODE_CONFIG_ENV": "e", **environ})
