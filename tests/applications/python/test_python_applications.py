"""Applications of Python, each as its users know it: a script for each, and the workers that it starts.

They run on stubredis and on Valkey: what Valkey does proves the script itself.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.applications.scripts import run_script
from tests.processes import ServerProcess, real_server, stubredis
from tests.programs import path_of

FOLDER = Path(__file__).parent

NEWEST, OLDER = "requirements.txt", "requirements-redis-5.txt"

#: The first test also waits for the download of its packages.
pytestmark = pytest.mark.timeout(300)

#: Which packages each script runs with.
SCRIPTS = {
    "use_celery": NEWEST,
    "use_dramatiq": NEWEST,
    "use_arq": OLDER,
    "use_channels": NEWEST,
    "use_django": NEWEST,
    "use_limits": OLDER,
    "use_redis_lock": NEWEST,
    "use_taskiq": NEWEST,
    "use_walrus": NEWEST,
}
if sys.platform != "win32":
    SCRIPTS["use_rq"] = NEWEST  # its workers fork
#: These use what their libraries use only if the server says that it is a Redis 7.4 or newer.
SCRIPTS_FOR_REDIS_8 = {
    "use_huey": NEWEST,
    "use_redis_py": NEWEST,
}


@pytest.fixture(params=["stubredis", pytest.param("redis-8.2", marks=pytest.mark.needs("redis-server 8.2"))])
def server_8(request: pytest.FixtureRequest) -> Iterator[ServerProcess]:
    """Run a server that says that it is a Redis 8.2."""
    with stubredis() if request.param == "stubredis" else real_server(path_of("redis-server 8.2")) as server:
        yield server


@pytest.fixture(scope="session")
def environments() -> dict[str, str]:
    """Return the Python that has the packages of each list."""
    return {name: python_with(FOLDER / name) for name in (NEWEST, OLDER)}


def python_with(wanted: Path) -> str:
    """Install packages into an environment of their own, unless that was done for this very list of them."""
    folder = FOLDER / f".venv-{wanted.stem}"
    python = folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    installed = folder / wanted.name
    if not installed.exists() or installed.read_bytes() != wanted.read_bytes():
        run([sys.executable, "-m", "venv", "--clear", "--without-pip", str(folder)])
        pip = [sys.executable, "-m", "pip", "--python", str(python), "--disable-pip-version-check", "install"]
        run([*pip, "--quiet", "--no-deps", "--no-compile", "--only-binary", ":all:", "--requirement", str(wanted)])
        installed.write_bytes(wanted.read_bytes())
    return str(python)


def run(command: list[str]) -> None:
    result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize("script", SCRIPTS)
def test_every_check_passes(server: ServerProcess, environments: dict[str, str], script: str) -> None:
    code, output = run_script([environments[SCRIPTS[script]], "run.py", script], FOLDER, server)
    assert code == 0, output


@pytest.mark.parametrize("script", SCRIPTS_FOR_REDIS_8)
def test_every_check_passes_on_redis_8(server_8: ServerProcess, environments: dict[str, str], script: str) -> None:
    code, output = run_script([environments[SCRIPTS_FOR_REDIS_8[script]], "run.py", script], FOLDER, server_8)
    assert code == 0, output
