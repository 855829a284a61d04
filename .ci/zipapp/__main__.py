"""The first file of stubredis.pyz: unpack the server once into the cache of this user, and run it from there.

Compiled modules cannot be imported from an archive, and Python keeps no compiled code for one. Unpacked, the second
start is as quick as that of an installation.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import shutil
import sys
import tempfile
import zipfile
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path

ARCHIVE = Path(__file__).parent
COMPILED = (".so", ".pyd")


def main() -> int:
    """Unpack what is missing, and run the command line."""
    if sys.version_info < (3, 11):  # noqa: UP036  (there is no installer that would have looked)
        return fail("needs Python 3.11 or newer")
    with zipfile.ZipFile(ARCHIVE) as archive:
        build = archive.read("BUILD").decode()
        names = wanted(archive.namelist())
        if not any(name.endswith(COMPILED) for name in names):
            python = ".".join(map(str, sys.version_info[:2]))
            return fail(f"this file carries nothing for Python {python} on {sys.platform}: pip install stubredis")
        folder = unpacked(archive, names, f"{build}-{sys.implementation.cache_tag}{EXTENSION_SUFFIXES[0]}")
    sys.path[0] = str(folder)
    from stubredis.cli import main as command_line

    return command_line()


def wanted(names: list[str]) -> list[str]:
    """Return what this Python needs: of the compiled modules only those made for it."""
    return [
        name
        for name in names
        if name.startswith(("stubredis/", "hiredis/"))
        and (
            not name.endswith(COMPILED) or any("." + name.partition(".")[2] == suffix for suffix in EXTENSION_SUFFIXES)
        )
    ]


def unpacked(archive: zipfile.ZipFile, names: list[str], name: str) -> Path:
    """Return the folder with the unpacked files; several may start at the same time."""
    folder = cache() / name
    if folder.is_dir():
        return folder
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(dir=folder.parent))
    except OSError:
        # Nothing can be kept: it is unpacked for this run only.
        draft = folder = Path(tempfile.mkdtemp(prefix="stubredis-"))
        atexit.register(shutil.rmtree, draft, ignore_errors=True)
    archive.extractall(draft, names)
    if draft != folder:
        with contextlib.suppress(OSError):  # somebody else was quicker
            draft.rename(folder)
        shutil.rmtree(draft, ignore_errors=True)
    return folder


def cache() -> Path:
    """Return where this user keeps what can be made again."""
    if chosen := os.environ.get("STUBREDIS_CACHE"):
        return Path(chosen)
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / "stubredis"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "stubredis"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "stubredis"


def fail(why: str) -> int:
    """Say in one line why it does not start, and return the exit code."""
    print(f"stubredis: {why}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
