"""Finding the program of a server, and asking it for its version."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

from stubredis.launcher.errors import LaunchError

VERSION = re.compile(r"(Redis|Valkey|KeyDB|Memurai)\b.*?\bv=(\S+)", re.IGNORECASE)

SUFFIXES = ("", ".exe")


def in_path(name: str) -> str | None:
    """Look a program up in PATH, as `which` does, but never in the folder that the user happens to be in."""
    here = Path.cwd()
    folders = [Path(folder) for folder in os.environ.get("PATH", "").split(os.pathsep) if folder]
    folders = [folder for folder in folders if folder.is_absolute() and folder != here]
    # On Windows `which` puts the current folder first unless the name has a folder of its own, and then adds no suffix.
    for folder in folders:
        for suffix in SUFFIXES:
            if found := shutil.which(str(folder / f"{name}{suffix}")):
                return found
    return None


def at(path: str, names: Iterable[str]) -> str | None:
    """Find a program by a path: of itself, with or without .exe, or of the folder where it is."""
    place = Path(path).expanduser().absolute()
    candidates = [place / name for name in names] if place.is_dir() else [place]
    for candidate in candidates:
        for suffix in SUFFIXES:
            file = candidate.with_name(candidate.name + suffix)
            if file.is_file():
                return str(file)
    return None


def find(what: str, names: tuple[str, ...], configured: str, setting: str, folders: Iterable[Path] = ()) -> str:
    """Find a program: where the configuration says, or else in PATH, or else in the usual folders.

    Raises LaunchError naming every place where it was looked for.
    """
    searched = []
    if configured:
        has_folder = any(separator in configured for separator in ("/", "\\"))
        found = at(configured, names) if has_folder or Path(configured).is_absolute() else in_path(configured)
        if found:
            return found
        searched.append(f"{configured} ({setting})" if has_folder else f"{configured} in PATH ({setting})")
        if has_folder:
            # A path that is written down is meant: another version from elsewhere would only surprise.
            raise LaunchError(f"cannot find {what}: there is no {searched[0]}")
    for name in names:
        if found := in_path(name):
            return found
    searched.append(f"{' and '.join(names)} in PATH ({os.environ.get('PATH', '') or 'which is empty'})")
    for folder in folders:
        if found := at(str(folder), names):
            return found
        searched.append(str(folder))
    raise LaunchError(f"cannot find {what}; looked for {', '.join(searched)}")


def version_of(program: str) -> str:
    """Return name and version of a server, as `Redis 7.0.15`. Raises LaunchError if it is something else."""
    try:
        result = subprocess.run(
            [program, "--version"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=10,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise LaunchError(
            f"{program} is not a Redis server: asked for its --version, it said nothing for 10 s"
        ) from None
    except OSError as error:
        raise LaunchError(f"cannot run {program}: {error.strerror}") from None
    if match := VERSION.search(result.stdout):
        return f"{match[1]} {match[2]}"
    said = next(iter(result.stdout.strip().splitlines()), "nothing")
    raise LaunchError(f"{program} is not a Redis server: asked for its --version, it said: {said[:200]}")
