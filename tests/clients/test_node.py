"""ioredis, node-redis and redis-commander: each script has its checks in the form of node's own tests."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.clients.conftest import Start
from tests.node import install_packages, run_script
from tests.processes import ServerProcess
from tests.programs import path_of

FOLDER = Path(__file__).parent
SECONDS = 60

pytestmark = pytest.mark.needs("node and npm")


@pytest.fixture(scope="session")
def node_packages() -> None:
    install_packages(FOLDER)


@pytest.mark.usefixtures("node_packages")
@pytest.mark.parametrize("protocol", [2, 3], ids=["resp2", "resp3"])
@pytest.mark.parametrize("script", ["ioredis.mjs", "node_redis.mjs"])
def test_every_check_passes(target: ServerProcess, start: Start, script: str, protocol: int) -> None:
    secured = start(password="secret")
    code, output = run_script(FOLDER / script, target.url, secured.url, str(protocol))
    assert code == 0, output


@pytest.mark.needs("chromium")
@pytest.mark.usefixtures("node_packages")
def test_a_web_page_shows_and_changes_keys(target: ServerProcess) -> None:
    code, output = run_script(FOLDER / "redis_commander.mjs", target.url, path_of("chromium"))
    assert code == 0, output


def test_the_example_for_tests() -> None:
    """What users copy to start a server from their tests works as it stands."""
    folder = Path(__file__).parents[2] / "examples" / "node-test"
    environment = {**os.environ, "STUBREDIS": f"{sys.executable} -m stubredis"}
    result = subprocess.run(
        ["node", "--test", str(folder)], env=environment, capture_output=True, text=True, timeout=SECONDS, check=False
    )
    assert result.returncode == 0, result.stdout + result.stderr
