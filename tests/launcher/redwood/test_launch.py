"""Each environment of a tree as Redwood ships it, launched and reached through a client."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import redis

from stubredis.cli import main
from tests.launcher.processes import free_row, launcher
from tests.launcher.redwood.trees import write
from tests.programs import path_of

if sys.platform == "win32":
    pytest.skip("the servers and signals of POSIX", allow_module_level=True)

pytestmark = pytest.mark.needs("redis-server 7.0")

STUB, SERVER = "stubredis_version", "executable"


def here(backend: Path, port: int, replicas: int = 0) -> None:
    """Let all environments be on this machine, whatever they say; a redis-server stands in for Memurai."""
    server = path_of("redis-server 7.0")
    address = {"host": "127.0.0.1", "port": port}
    values = {"redis": {"values": {"replica": {"replicaCount": replicas}}}}
    override = {
        "persistence": {"redis": {"master": address, "memurai": {"path": server}}},
        "deployment": {"dependencies": values},
    }
    write(backend, {"config/node/override.json": override})


@pytest.mark.parametrize(
    ("environment", "product", "password"),
    [
        ("default", STUB, None),
        ("test", STUB, None),
        ("kubernetes", SERVER, "password"),
        ("staging", SERVER, "password"),
        ("production", SERVER, "password"),
        ("test-memurai", SERVER, None),
        ("my-game", SERVER, None),
        ("my-game-kubernetes", SERVER, "password"),
        ("my-game-production", SERVER, "password"),
    ],
)
def test_an_environment(backend: Path, environment: str, product: str, password: str | None) -> None:
    port = free_row(1)
    here(backend, port)
    with launcher(backend, environment, "--redis-path", path_of("redis-server 7.0")) as launched:
        pid = launched.wait_until_ready()
        with redis.Redis(port=port, password=password) as client:
            info = client.info("server")
            assert info["process_id"] == pid
            assert (STUB in info) == (product == STUB)
            assert client.set("k", "v")
        if password:
            with redis.Redis(port=port) as stranger, pytest.raises(redis.AuthenticationError):
                stranger.ping()
        assert launched.stop() == 0


def test_replicas_of_the_chart(backend: Path) -> None:
    port = free_row(3)
    here(backend, port, replicas=2)
    with launcher(backend, "production", "--redis-path", path_of("redis-server 7.0")) as launched:
        launched.wait_until_ready()
        for replica in (port + 1, port + 2):
            with redis.Redis(port=replica, password="password") as client:
                assert client.info("replication")["master_link_status"] == "up"
        assert launched.stop() == 0


def test_what_init_writes_launches_the_stub(backend: Path) -> None:
    port = free_row(1)
    assert main(["redwood", "init", "production", "--port", str(port), "--password", "pw"]) == 0
    with launcher(backend, "production-stubredis") as launched:
        launched.wait_until_ready()
        with redis.Redis(port=port, password="pw") as client:
            assert STUB in client.info("server")
        assert launched.stop() == 0


@pytest.mark.parametrize(
    ("files", "complaint"),
    [
        ({}, "there is no environment 'producton' in "),
        ({"config/node/producton/persistence.yaml": "redis:\n  provider: [\n"}, "persistence.yaml, line "),
        ({"config/node/producton/persistence.yaml": "redis: {provider: redsi}"}, "(did you mean redis?)"),
        ({"config/node/producton/persistence.yaml": "redis: {password: 12345}"}, "put 12345 in quotes"),
        ({"config/node/producton/persistence.yaml": "redis: {master: {port: abc}}"}, "'abc' is no port"),
    ],
)
def test_mistakes(backend: Path, files: dict[str, str], complaint: str) -> None:
    write(backend, files)
    with launcher(backend, "producton") as launched:
        assert launched.end() == 1
        assert complaint in launched.output
        assert len(launched.lines) == 1
