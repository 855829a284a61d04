"""The look at the health of a container, at servers of this machine instead."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path

import pytest

from stubredis.container import health
from tests.processes import stubredis

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the image is one for Linux")


def mine() -> list[health.Address]:
    """Return where this process listens."""
    sockets = set(health.sockets_of(os.getpid()))
    return [address for address, number in health.listening(os.getpid()) if number in sockets]


@pytest.mark.parametrize(
    ("host", "reached"), [("127.0.0.1", "127.0.0.1"), ("0.0.0.0", "127.0.0.1"), ("127.1.2.3",) * 2]
)
def test_where_a_process_listens(host: str, reached: str) -> None:
    with socket.create_server((host, 0)) as listener:
        assert (reached, listener.getsockname()[1]) in mine()


@pytest.mark.parametrize(("host", "reached"), [("::1", "::1"), ("::", "::1")])
def test_where_a_process_listens_over_ipv6(host: str, reached: str) -> None:
    with socket.create_server((host, 0), family=socket.AF_INET6) as listener:
        assert (reached, listener.getsockname()[1]) in mine()


def test_unix_sockets(tmp_path: Path) -> None:
    path = str(tmp_path / "s")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        assert path not in mine()
        listener.listen()
        assert path in mine()


@pytest.mark.parametrize("password", [None, "secret"])
def test_a_server_that_answers(password: str | None) -> None:
    with stubredis(password=password) as server:
        sockets = set(health.sockets_of(server.pid))
        (address,) = [address for address, number in health.listening(server.pid) if number in sockets]
        assert address == ("127.0.0.1", server.port)
        assert health.answers(address)


def test_a_server_that_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "TIMEOUT", 0.01)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = listener.getsockname()
        assert not health.answers(address)
    assert not health.answers(address)


def test_what_it_prints(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    with stubredis() as server:
        monkeypatch.setattr(health, "listeners", lambda: [("127.0.0.1", server.port)])
        assert health.main() == 0
    assert health.main() == 1
    monkeypatch.setattr(health, "listeners", lambda: [("::1", 1)])
    assert health.main() == 1
    monkeypatch.setattr(health, "listeners", list)
    assert health.main() == 1
    assert capsys.readouterr().out.splitlines() == [
        "healthy",
        f"unhealthy: no answer from 127.0.0.1:{server.port}",
        "unhealthy: no answer from [::1]:1",
        "unhealthy: nothing listens",
    ]
