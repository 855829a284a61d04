"""A new environment that points a backend at a server on the developer's machine."""

from __future__ import annotations

import json
from pathlib import Path

from stubredis.launcher.redwood.configuration import Configuration
from stubredis.launcher.redwood.environments import DEFAULT
from stubredis.launcher.settings import SettingsError

PERSISTENCE = """\
# The backend connects to a server on this machine. With the provider stub it would use its own, inside of its process,
# and connect to nothing; so it is told redis, and "stubredis launch {name}" reads in stubredis.yaml what to start.
redis:
  provider: redis
  password: {password}
  master:
    host: {host}
    port: {port}
  replicas:
    host: {host}
    port: {port}
"""

LAUNCH = """\
# What "stubredis launch {name}" starts: stub, memurai or redis.
provider: stub
"""


def write_environment(
    configuration: Configuration, name: str, *, host: str, port: int, password: str, replace: bool = False
) -> list[Path]:
    """Write an environment that inherits from the configuration's, beside it, and return the files.

    Raises SettingsError if there is one of that name, unless it is to be replaced, or if a file cannot be written.
    """
    parent = configuration.environment
    beside = configuration.environments.find(parent)
    folder = (beside.parent if beside and "/" not in parent else configuration.dir) / name
    if folder.exists() and not replace:
        raise SettingsError(
            f"{folder} is there already; choose another name with --name, or --force to replace its files"
        )
    parents = [] if parent == DEFAULT else [parent]
    words = {"name": name, "password": json.dumps(password), "host": json.dumps(host), "port": port}
    files = {
        folder / "_config.json": json.dumps({"parentNames": parents}, indent=2) + "\n",
        folder / "persistence.yaml": PERSISTENCE.format(**words),
        folder / "stubredis.yaml": LAUNCH.format(**words),
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path, content in files.items():
            path.write_text(content, encoding="utf-8", newline="\n")
    except OSError as error:
        raise SettingsError(f"cannot write {error.filename}: {error.strerror}") from None
    return list(files)
