"""Applications of Node.js, each as its users know it: every script has its checks in the form of node's own tests.

They run on stubredis and on Valkey: what Valkey does proves the script itself.
"""

from __future__ import annotations

import contextlib
import json
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from tests.node import install_packages, run_script
from tests.processes import ServerProcess, real_server, stubredis
from tests.programs import path_of

FOLDER = Path(__file__).parent

#: Each with its words of its own, behind those that all of them get.
SCRIPTS = [
    "bullmq.mjs bullmq",
    "bullmq.mjs bullmq-6",
    "bull.mjs",
    "socket_io.mjs classic",
    "socket_io.mjs classic-ioredis",
    "socket_io.mjs sharded",
    "socket_io.mjs sharded-ioredis",
    "socket_io.mjs streams",
    "socket_io.mjs streams-ioredis",
    "sessions.mjs",
    "locks_and_limits.mjs",
    "caches.mjs",
    "ioredis.mjs ioredis",
    "ioredis.mjs ioredis-5",
    "node_redis.mjs",
]

pytestmark = pytest.mark.needs("node and npm")


@pytest.fixture(scope="session")
def node_packages() -> None:
    install_packages(FOLDER)


@pytest.fixture(params=["stubredis", pytest.param("valkey", marks=pytest.mark.needs("valkey"))])
def server(request: pytest.FixtureRequest) -> Iterator[ServerProcess]:
    """Run a server with nothing but its defaults, which belongs to one script."""
    with stubredis() if request.param == "stubredis" else real_server(path_of("valkey")) as server:
        yield server


@pytest.fixture
def control(server: ServerProcess) -> Iterator[str]:
    """Return the address at which a script asks for a restart of the server."""

    class Control(BaseHTTPRequestHandler):
        """Restarts the server for each POST."""

        def do_POST(self) -> None:
            server.restart()
            self.send_response(204)
            self.end_headers()

        def log_message(self, *arguments: object) -> None:
            """Keep the output of the tests clean."""

    with HTTPServer(("127.0.0.1", 0), Control) as listener:
        thread = threading.Thread(target=listener.serve_forever)
        thread.start()
        with contextlib.ExitStack() as stack:
            stack.callback(thread.join)
            stack.callback(listener.shutdown)
            yield f"http://127.0.0.1:{listener.server_port}/restart"


@pytest.mark.usefixtures("node_packages")
@pytest.mark.parametrize("script", SCRIPTS)
def test_every_check_passes(server: ServerProcess, control: str, script: str) -> None:
    name, *arguments = script.split()
    code, output = run_script(FOLDER / name, server.url, control, *arguments)
    assert code == 0, output


def test_the_documentation_names_these_versions() -> None:
    text = (FOLDER.parents[2] / "docs" / "compatibility.md").read_text()
    table = text.partition("### Node.js")[2].partition("\n## ")[0]
    documented = {
        version
        for row in re.findall(r"^\| [^|]+ \| ([\d][^|]+) \|", table, re.MULTILINE)
        for version in row.split(", ")
    }
    packages = json.loads((FOLDER / "package.json").read_text())["dependencies"]
    used = {version.rpartition("@")[2] for version in packages.values()}
    assert documented
    assert documented <= used
