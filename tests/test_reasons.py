"""Why the operating system refused something: the same words on every system."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from stubredis.reasons import reason
from tests.processes import free_port


def test_files(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="missing") as failure:
        (tmp_path / "missing" / "file").read_bytes()
    assert reason(failure.value) == "No such file or directory"
    with pytest.raises(FileExistsError) as failure:
        tmp_path.mkdir()
    assert reason(failure.value) == "File exists"


def test_sockets() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, socket.socket() as sock:
        with pytest.raises(OSError, match=r".") as failure:
            sock.bind(taken.getsockname())
        assert reason(failure.value) == "Address already in use"
        with pytest.raises(OSError, match=r".") as failure:
            sock.bind(("192.0.2.1", 0))
        assert reason(failure.value) == "Cannot assign requested address"
        with pytest.raises(ConnectionRefusedError) as failure:
            sock.connect(("127.0.0.1", free_port()))
        assert reason(failure.value) == "Connection refused"


def test_without_a_number() -> None:
    assert reason(OSError("just words")) == "just words"
    assert reason(OSError(None, "a reason")) == "a reason"
