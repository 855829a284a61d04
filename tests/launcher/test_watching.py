"""Servers that somebody else runs: what must be true of them at first, and what is told of them later."""

from __future__ import annotations

import asyncio
import io
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from stubredis import Server
from stubredis.launcher.errors import LaunchError
from stubredis.launcher.output import Printer
from stubredis.launcher.process import Child, Plan
from stubredis.launcher.providers.external import watches
from stubredis.launcher.settings import Address, Provider, Settings
from stubredis.launcher.states import Policy
from stubredis.launcher.ties import tie
from stubredis.launcher.watching import Watch
from tests.launcher.processes import fake_redis
from tests.processes import free_port

POLICY = Policy(ping=0.05)


@asynccontextmanager
async def fake(folder: Path, life: str) -> AsyncIterator[Address]:
    """Run a server that behaves as it is told."""
    address = Address(port=free_port())
    tether = tie()
    plan = Plan("fake", fake_redis(folder / "bin", life), ("--port", str(address.port)), address, folder)
    child = await Child.start(plan, tether, Printer(io.StringIO()))
    try:
        await child.said_ready.wait()
        yield address
    finally:
        child.kill()
        await child.wait()
        tether.close()


async def complaint(watch: Watch) -> str:
    with pytest.raises(LaunchError) as failure:
        await watch.run()
    return str(failure.value)


async def test_passwords() -> None:
    said = io.StringIO()
    async with Server(port=0, requirepass="pw") as server:
        address = Address(port=server.port)
        for password, words in (
            ("", "wants a password, and none is configured"),
            ("no", "does not take the configured"),
        ):
            assert words in await complaint(Watch("master", address, password, Printer(said), POLICY, source="a.yaml"))
        watch = Watch("master", address, "pw", Printer(said), POLICY)
        running = asyncio.create_task(watch.run())
        await watch.ready.wait()
        watch.stop()
        await running
        assert said.getvalue() == ""
    async with Server(port=0) as server:
        watch = Watch("master", Address(port=server.port), "pw", Printer(said), POLICY)
        running = asyncio.create_task(watch.run())
        await watch.ready.wait()
        watch.stop()
        await running
        assert "has no password, though one is configured" in said.getvalue()


@pytest.mark.skipif(sys.platform == "win32", reason="the server is a script with a first line for POSIX")
async def test_roles(tmp_path: Path) -> None:
    said = io.StringIO()
    async with fake(tmp_path, "replica") as address:
        words = await complaint(Watch("master", address, "", Printer(said), POLICY, role="master", source="a.yaml"))
        assert words == f"the master {address} (a.yaml) is no master, but a replica"
        watch = Watch("replica", address, "", Printer(said), POLICY, role="slave")
        running = asyncio.create_task(watch.run())
        await watch.ready.wait()
        watch.stop()
        await running
        assert said.getvalue() == f"stubredis: the replica {address} has no link to its master\n"


async def test_a_server_that_closes_idle_connections_is_not_lost() -> None:
    said = io.StringIO()
    async with Server(port=0) as server:
        watch = Watch("master", Address(port=server.port), "", Printer(said), POLICY)
        running = asyncio.create_task(watch.run())
        await watch.ready.wait()
        seen = set(server.clients)
        while not set(server.clients) - seen:
            for client in list(server.clients.values()):
                client.receive(b"CLIENT KILL TYPE normal\r\n")
            await asyncio.sleep(0)
        watch.stop()
        await running
    assert said.getvalue() == ""


def test_replicas_are_watched_only_if_there_are_any() -> None:
    master, replicas = Address("redis-master", 6379), Address("redis-replicas", 6379)
    for settings, names in (
        (Settings(Provider.REDIS, master=master), ["master"]),
        (Settings(Provider.REDIS, master=master, replicas=replicas), ["master"]),
        (Settings(Provider.REDIS, master=master, replicas=replicas, replica_count=2), ["master", "replica"]),
        (Settings(Provider.REDIS, master=master, replicas=master, replica_count=2), ["master"]),
    ):
        assert [watch.name for watch in watches(settings, Printer(io.StringIO()), POLICY)] == names
