"""The servers that the client tests talk to, each in a process of its own.

Every test runs against stubredis and against Valkey: what Valkey does proves the test itself.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from typing import Protocol

import pytest

from tests.processes import ServerProcess, real_server, stubredis
from tests.programs import path_of

PATIENCE = 10


class Start(Protocol):
    """Starts a further server, which runs until the end of the test."""

    def __call__(self, *options: str, password: str | None = None) -> ServerProcess: ...


@pytest.fixture(scope="session", params=["stubredis", pytest.param("valkey", marks=pytest.mark.needs("valkey"))])
def target_name(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="session")
def shared_target(target_name: str) -> Iterator[ServerProcess]:
    with _run(target_name) as server:
        yield server


@pytest.fixture
def target(shared_target: ServerProcess) -> ServerProcess:
    """Return a running server that is empty."""
    with shared_target.connect() as connection:
        connection.sendall(b"FLUSHALL\r\n")
        assert connection.recv(64) == b"+OK\r\n"
    return shared_target


@pytest.fixture
def start(target_name: str) -> Iterator[Start]:
    with contextlib.ExitStack() as stack:
        yield lambda *options, password=None: stack.enter_context(_run(target_name, *options, password=password))


def _run(name: str, *options: str, password: str | None = None) -> contextlib.AbstractContextManager[ServerProcess]:
    if name == "valkey":
        return real_server(path_of("valkey"), *options, password=password)
    return stubredis(*options, password=password)


def wait_until(condition: Callable[[], bool]) -> None:
    """Ask again and again; the condition asks the server, which sets the pace."""
    give_up = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < give_up, "what the test waits for did not happen"
