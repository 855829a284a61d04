"""Servers that somebody else runs: they are looked at, their loss and return are told, and they are left alone."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable

from stubredis.launcher.errors import LaunchError
from stubredis.launcher.output import Printer
from stubredis.launcher.probe import Connection, ProbeError, RefusedError, Sighting, look
from stubredis.launcher.settings import Address
from stubredis.launcher.states import Policy

CONNECT = 5.0
"""Seconds that a connection may take: other machines are farther than this one."""

AGAIN = 1.0
"""Seconds between two attempts to find a lost server."""


class Watch:
    """One server that is watched."""

    def __init__(
        self,
        name: str,
        address: Address,
        password: str,
        printer: Printer,
        policy: Policy,
        *,
        role: str = "",
        source: str = "",
    ) -> None:
        self.name = name
        self.address = address
        self.sighting = Sighting("")
        self.on_return: Callable[[], None] = lambda: None
        self.was_killed = False
        self.pid = 0
        """It is none of our processes."""
        self.code = 0
        self._password = password
        self._printer = printer
        self._policy = policy
        self._role = role
        """What INFO must call it, `master` or `slave`; anything if empty."""
        self._source = f" ({source})" if source else ""
        self.ready = asyncio.Event()
        """Whether it has been found as it was promised."""
        self._told = asyncio.Event()
        self._connection: Connection | None = None

    def stop(self) -> None:
        """Watch no longer."""
        self._told.set()

    kill = stop

    async def _begin(self) -> None:
        """Connect, log in and look who it is. Raises LaunchError if it is not what was promised."""
        what = f"{self.name} {self.address}{self._source}"
        try:
            self._connection = await self._connect()
            if self.sighting.is_loading:
                self._printer.say(f"the {what} is loading its data")
            while self.sighting.is_loading:
                await asyncio.sleep(AGAIN)
                self._connection.close()
                self._connection = await self._connect()
        except ProbeError as error:
            raise LaunchError(f"cannot reach the {what}: {error}") from None
        seen = self.sighting
        if seen.wants_password and not self._password:
            raise LaunchError(f"the {what} wants a password, and none is configured")
        if seen.answer.startswith("WRONGPASS") or "invalid password" in seen.answer:
            raise LaunchError(f"the {what} does not take the configured password")
        if not seen.is_ready:
            raise LaunchError(f"the {what} answers: {seen.answer}")
        if self._password and not seen.wants_password:
            self._printer.say(
                f"the {what} has no password, though one is configured: clients that send it may be refused"
            )
        role = seen.info.get("role", self._role)
        if self._role and role != self._role:
            raise LaunchError(f"the {what} is no {words(self._role)}, but a {words(role)}")
        if role == "slave" and seen.info.get("master_link_status") == "down":
            self._printer.say(f"the {what} has no link to its master")

    async def run(self) -> None:
        """Watch until it is told to stop. Raises LaunchError if it is not there, or not what it should be, at first."""
        told = asyncio.create_task(self._told.wait())
        watch = asyncio.create_task(self._watch())
        try:
            await asyncio.wait({told, watch}, return_when=asyncio.FIRST_COMPLETED)
            if watch.done():
                watch.result()
        finally:
            told.cancel()
            watch.cancel()
            await asyncio.wait({told, watch})
            if self._connection:
                self._connection.close()

    async def _watch(self) -> None:
        await self._begin()
        self.ready.set()
        while True:
            why = await self._lost()
            self._printer.say(f"lost the {self.name} {self.address}: {why}")
            await self._found()
            self._printer.say(f"the {self.name} {self.address} is back ({self.sighting})")

    async def _lost(self) -> str:
        """Wait until the server does not answer any more; return why."""
        assert self._connection is not None
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._connection.closed(), self._policy.ping)
            try:
                with contextlib.suppress(RefusedError):
                    await self._connection.ask("PING", limit=self._policy.ping)
            except ProbeError as error:
                self._connection.close()
                try:
                    # Servers close connections, too: those that are idle, or one by CLIENT KILL.
                    self._connection = await self._connect()
                except ProbeError:
                    return str(error)

    async def _found(self) -> None:
        while True:
            await asyncio.sleep(AGAIN)
            with contextlib.suppress(ProbeError):
                self._connection = await self._connect()
                if self.sighting.is_ready:
                    return
                self._connection.close()

    async def _connect(self) -> Connection:
        connection = await Connection.open(self.address, CONNECT)
        try:
            self.sighting = await look(connection, self._password)
        except BaseException:
            connection.close()
            raise
        return connection


def words(role: str) -> str:
    """Return how a role is called today."""
    return "replica" if role == "slave" else role
