"""What every test can ask for, and what a run says about programs that are missing on this machine."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from stubredis import event_loop
from stubredis.datatypes.limits import limits
from tests.certificates import Certificates
from tests.processes import ServerProcess, real_server
from tests.programs import LEFT_OUT, Program, leave_out, path_of, programs


@pytest.fixture(autouse=True)
def usual_limits() -> None:
    """Begin each test with the limits of encodings that a server has by default."""
    limits.reset()


def pytest_configure() -> None:
    # Without this SIGTERM ends pytest before any fixture could stop its server.
    signal.signal(signal.SIGTERM, signal.default_int_handler)


def pytest_asyncio_loop_factories() -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Run asynchronous tests on asyncio's own loop, and on the one that a server would choose if that is another."""
    factories = {"asyncio": asyncio.new_event_loop, "uvloop": event_loop.factory()}
    if factories["uvloop"] is asyncio.new_event_loop:
        del factories["uvloop"]
    return factories


def missing_programs(item: pytest.Item) -> list[Program]:
    needed = [programs()[name] for mark in item.iter_markers("needs") for name in mark.args]
    return [program for program in needed if program.path is None]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    dropped = []
    for item in items:
        missing = missing_programs(item)
        if missing and not any(program.required for program in missing):
            leave_out(config, missing[0])
            dropped.append(item)
    if dropped:
        items[:] = [item for item in items if item not in dropped]
        config.hook.pytest_deselected(items=dropped)


def pytest_runtest_setup(item: pytest.Item) -> None:
    if missing := missing_programs(item):
        pytest.fail(f"missing: {', '.join(program.name for program in missing)}", pytrace=False)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> Iterator[None]:
    if hasattr(session.config, "workeroutput"):  # one of several processes, each of which counts the same
        session.config.workeroutput["left out"] = session.config.stash.get(LEFT_OUT, {})
    result = yield  # pytest's own summary: ours is the last line of all
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter and (counts := session.config.stash.get(LEFT_OUT, {})):
        parts = ", ".join(f"{name} ({count} tests)" for name, count in counts.items())
        reporter.write_line(f"Left out, because it is missing on this machine: {parts}", yellow=True)
    return result


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    node.config.stash[LEFT_OUT] = getattr(node, "workeroutput", {}).get("left out", {})


@pytest.fixture(scope="session")
def valkey() -> Iterator[ServerProcess]:
    """Run Valkey 9.1 for the whole session."""
    with real_server(path_of("valkey"), "--enable-debug-command", "yes") as server:
        yield server


@pytest.fixture(scope="session")
def redis_6_2() -> Iterator[ServerProcess]:
    """Run redis-server 6.2 for the whole session. DEBUG is always allowed there."""
    with real_server(path_of("redis-server 6.2")) as server:
        yield server


@pytest.fixture(scope="session")
def redis_7_0() -> Iterator[ServerProcess]:
    """Run redis-server 7.0 for the whole session."""
    with real_server(path_of("redis-server 7.0"), "--enable-debug-command", "yes") as server:
        yield server


@pytest.fixture(scope="session")
def redis_8_2() -> Iterator[ServerProcess]:
    """Run redis-server 8.2 for the whole session."""
    with real_server(path_of("redis-server 8.2"), "--enable-debug-command", "yes") as server:
        yield server


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """Certificates for a server on this machine and for its clients."""
    return Certificates(tmp_path_factory.mktemp("certificates"))
