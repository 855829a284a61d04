"""The plugin for pytest, in runs of pytest of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.processes import stubredis

TESTS = '''
"""Tests as a user writes them; each pair leaves something behind that the other must not meet."""

import pytest
import redis

@pytest.mark.parametrize("turn", ["one", "two"])
def test_empty(stubredis_client, turn):
    assert stubredis_client.dbsize() == 0
    stubredis_client.set("k", turn)

def test_several_clients(stubredis_connect):
    one, other = stubredis_connect(), stubredis_connect(decode_responses=True)
    one.set("k", "v")
    assert other.get("k") == "v"
'''

OWN_SERVER = """
def test_options(stubredis_client, stubredis_server):
    assert stubredis_server.password == "secret"
    assert stubredis_client.config_get("notify-keyspace-events")["notify-keyspace-events"] == "AKE"

def test_time(stubredis_clock):
    with redis.Redis(port=stubredis_clock.port, password="secret") as client:
        client.set("session", "x", ex=60)
        stubredis_clock.advance(59_999)
        assert client.get("session") == b"x"
        stubredis_clock.advance(100)
        assert client.dbsize() == 0

def test_servers_of_its_own(stubredis_start):
    one, other = stubredis_start(requirepass="a"), stubredis_start(databases=3)
    with redis.Redis(port=one.port, password="a") as client:
        assert client.ping()
    with redis.Redis(port=other.port, password="secret", db=3) as client:
        with pytest.raises(redis.ResponseError, match="out of range"):
            client.ping()

def test_time_of_the_system(stubredis_start):
    with pytest.raises(TypeError, match="cannot be moved"):
        stubredis_start().advance(1)
"""

SHARED_SERVER = """
def test_database(stubredis_database):
    assert stubredis_database.shared
    assert stubredis_database.db in (3, 4)
"""


def run(folder: Path, tests: str, *options: str, ini: str = "") -> tuple[int, str]:
    """Run a file of tests; return pytest's exit code and what it prints."""
    (folder / "test_it.py").write_text(tests)
    (folder / "pytest.ini").write_text(f"[pytest]\n{ini}")
    result = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options],
        cwd=folder,
        # The tests that run are not those of one of our own processes.
        env={name: value for name, value in os.environ.items() if name != "PYTEST_XDIST_WORKER"},
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    return result.returncode, result.stdout + result.stderr


def test_a_server_for_the_session(tmp_path: Path) -> None:
    ini = "stubredis_options =\n    requirepass secret\n    notify-keyspace-events KEA\n"
    code, output = run(tmp_path, TESTS + OWN_SERVER, ini=ini)
    assert code == 0, output


def test_several_processes_and_a_server_that_is_there(tmp_path: Path) -> None:
    with stubredis(password="p@ss/word") as server:
        url = f"redis://:p%40ss%2Fword@127.0.0.1:{server.port}/3"
        code, output = run(tmp_path, TESTS + SHARED_SERVER, "-n", "2", f"--stubredis-url={url}")
    assert code == 0, output


@pytest.mark.parametrize(
    ("options", "ini", "complaint"),
    [
        ((), "stubredis_options =\n    prot 1\n", "stubredis_options: -, line 1: prot: Bad directive"),
        (("--stubredis-url=http://x",), "", "'http://x' is not redis://[:PASSWORD@]HOST[:PORT][/DB]"),
        (("--stubredis-url=redis://127.0.0.1:1",), "", "cannot empty redis://127.0.0.1:1/0: "),
    ],
)
def test_mistakes(tmp_path: Path, options: tuple[str, ...], ini: str, complaint: str) -> None:
    code, output = run(tmp_path, "def test_it(stubredis_database): pass", *options, ini=ini)
    assert code != 0
    assert complaint in output
    assert "Traceback" not in output
