"""Keeping one server up: start, readiness, restart after a crash, and an end that nothing survives."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass

from stubredis.launcher.errors import LaunchError
from stubredis.launcher.output import Printer
from stubredis.launcher.probe import Connection, ProbeError, RefusedError, Sighting, look
from stubredis.launcher.process import Child, Plan
from stubredis.launcher.states import Backoff, Lifecycle, Policy, State
from stubredis.launcher.ties import Tie

FIRST_LOOK = 0.01
LONGEST_LOOK = 0.25
"""Seconds between two looks whether a server is ready: more and more, unless it says so itself."""

AGAIN = 1.0
"""Seconds before another connection to a server that has closed ours, or does not answer."""

COURTESY = 2.0
"""Seconds in which SHUTDOWN has to be taken before SIGTERM follows."""


@dataclass
class Life:
    """One process of the server from its start to its end."""

    child: Child
    started: float
    ready: float | None = None
    """When it was ready, None if it never was."""
    code: int = 0
    """Its exit code, -N if signal N ended it."""
    complaint: str = ""
    """Why we have killed it."""


class Supervisor:
    """Keeps one server up until it is told to stop."""

    def __init__(
        self,
        plan: Plan,
        tie: Tie,
        printer: Printer,
        policy: Policy = Policy(),  # noqa: B008  (it cannot be changed)
        *,
        backoff: Backoff | None = None,
        clock: Callable[[], float] = time.monotonic,
        on_change: Callable[[State], None] = lambda state: None,
    ) -> None:
        self.plan = plan
        self.name = plan.name
        self.address = plan.address
        self.ready = asyncio.Event()
        """Whether it has ever been ready."""
        self.sighting = Sighting("")
        """What the server told of itself when it was ready."""
        self.pid = 0
        """The process of the server, 0 while there is none."""
        self.on_return: Callable[[], None] = lambda: None
        """Called when the server is ready once more, in another process."""
        self.was_killed = False
        """Whether it would not end in time when it was told to."""
        self.code = 0
        """The exit code of the last process."""
        self._tie = tie
        self._printer = printer
        self._policy = policy
        self._backoff = backoff or Backoff()
        self._clock = clock
        self._lifecycle = Lifecycle(on_change)
        self._told = asyncio.Event()
        self._forced = asyncio.Event()

    @property
    def state(self) -> State:
        return self._lifecycle.state

    def stop(self) -> None:
        """Let the server end in order."""
        self._told.set()

    def kill(self) -> None:
        """End the server at once."""
        self._told.set()
        self._forced.set()

    async def run(self) -> None:
        """Keep the server up; return when it has been stopped. Raises LaunchError if there is no sense in going on."""
        while True:
            self._lifecycle.move(State.STARTING)
            try:
                life = await self._live()
            except LaunchError:
                self._lifecycle.move(State.FATAL)
                raise
            self.code = life.code
            if self.state is State.STOPPING:
                self._lifecycle.move(State.STOPPED)
                return
            delay = self._judge(life)
            if delay is None:
                self._lifecycle.move(State.STOPPED)
                return
            self._lifecycle.move(State.BACKOFF)
            if delay:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._told.wait(), delay)
            if self._told.is_set():
                self._lifecycle.move(State.STOPPED)
                return

    # One life

    async def _live(self) -> Life:
        """Start the server, and watch it until it has ended, by itself or by us. Raises LaunchError."""
        child = await Child.start(self.plan, self._tie, self._printer)
        self.pid = child.pid
        life = Life(child, self._clock())
        gone = asyncio.create_task(child.wait())
        told = asyncio.create_task(self._told.wait())
        watch = asyncio.create_task(self._watch(life))
        try:
            await asyncio.wait({gone, told, watch}, return_when=asyncio.FIRST_COMPLETED)
            if told.done():
                watch.cancel()
                self._lifecycle.move(State.STOPPING)
                self._printer.say(f"{self.name} is asked to end")
                await self._end(life, gone)
            elif watch.done() and not gone.done():
                life.complaint = watch.result()
                child.kill()
            life.code = await gone
        finally:
            # Also if this is cancelled, or wrong: whatever happens, the process does not stay.
            child.kill()
            watch.cancel()
            told.cancel()
            self.pid = 0
            await asyncio.wait({watch, told})
        return life

    async def _watch(self, life: Life) -> str:
        """See the server come up, then ask it now and then; return what is wrong with it when it is given up."""
        connection = await self._come_up(life)
        if isinstance(connection, str):
            return connection
        life.ready = self._clock()
        self._lifecycle.move(State.RUNNING)
        if self.ready.is_set():
            self.on_return()
            self._printer.say(f"{self.name} is ready again, pid {life.child.pid}")
        self.ready.set()
        return await self._keep_asking(connection)

    async def _come_up(self, life: Life) -> Connection | str:
        """Return a connection to the server once it is ready, or why it is given up."""
        pause = FIRST_LOOK
        latest = life.started + self._policy.start
        said_ready = asyncio.create_task(life.child.said_ready.wait())
        try:
            while True:
                connection, obstacle, is_alive = await self._look(life.child)
                if connection is not None:
                    return connection
                now = self._clock()
                if is_alive:
                    latest = now + self._policy.start
                elif now > latest:
                    return f"is not ready after {self._policy.start:g} s: {obstacle}"
                if said_ready.done():
                    await asyncio.sleep(pause)
                else:
                    await asyncio.wait({said_ready}, timeout=pause)
                pause = min(pause * 1.5, LONGEST_LOOK)
        finally:
            said_ready.cancel()

    async def _look(self, child: Child) -> tuple[Connection | None, str, bool]:
        """Return a connection to the server if it is ready; else what is missing, and whether it is alive."""
        try:
            connection = await Connection.open(self.address)
        except ProbeError as error:
            return None, str(error), False
        is_ready = False
        try:
            seen = await look(connection, self.plan.password)
            if seen.is_loading:
                return None, "it is still loading its data", True
            if not seen.is_ready:
                return None, f"{self.address} answers: {seen.answer}", False
            if not child.owns(seen.pid):
                return None, f"{self.address} is served by another server: {seen}", False
            if self.plan.master and seen.info.get("master_link_status") != "up":
                return None, f"it has no link to its master {self.plan.master}", False
            self.sighting = seen
            child.is_ready(seen.pid)
            is_ready = True
            with contextlib.suppress(RefusedError):
                await connection.ask("CLIENT", "SETNAME", "stubredis-launcher")
            return connection, "", True
        except ProbeError as error:
            is_ready = False
            return None, str(error), False
        finally:
            if not is_ready:
                connection.close()

    async def _keep_asking(self, connection: Connection) -> str:
        """Ask the server whether it answers, until it does not for too long. Any answer will do, errors as well."""
        answered = self._clock()
        unanswered = 0
        is_silent = False
        try:
            while True:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(connection.closed(), self._policy.ping)
                try:
                    with contextlib.suppress(RefusedError):
                        await connection.ask("PING", limit=self._policy.ping)
                except ProbeError as error:
                    silence = self._clock() - answered
                    unanswered += 1
                    # More than one question, for the machine may have slept while the first one waited.
                    if self._policy.hang and silence >= self._policy.hang and unanswered > 1:
                        return f"has not answered for {silence:.1f} s"
                    if not is_silent and silence > 2 * self._policy.ping:
                        is_silent = True
                        self._printer.say(f"{self.name} does not answer: {error}")
                    connection.close()
                    await asyncio.sleep(min(AGAIN, self._policy.ping))
                    with contextlib.suppress(ProbeError):
                        connection = await self._reopen()
                else:
                    answered = self._clock()
                    unanswered = 0
                    if is_silent:
                        is_silent = False
                        self._printer.say(f"{self.name} answers again")
        finally:
            connection.close()

    async def _reopen(self) -> Connection:
        """Connect anew, as far as the server lets us. Raises ProbeError."""
        connection = await Connection.open(self.address)
        try:
            if self.plan.password:
                with contextlib.suppress(RefusedError):
                    await connection.log_in(self.plan.password)
        except BaseException:
            connection.close()
            raise
        return connection

    # Its end

    async def _end(self, life: Life, gone: asyncio.Task[int]) -> None:
        """End the server: by SHUTDOWN, then by SIGTERM, at last by SIGKILL."""
        forced = asyncio.create_task(self._forced.wait())
        deadline = asyncio.get_running_loop().time() + self._policy.grace

        async def is_over(seconds: float) -> bool:
            await asyncio.wait({gone, forced}, timeout=max(0, seconds), return_when=asyncio.FIRST_COMPLETED)
            return gone.done() or forced.done()

        try:
            if life.ready is not None:
                asking = asyncio.create_task(self._ask_to_end())
                await asyncio.wait({gone, forced, asking}, return_when=asyncio.FIRST_COMPLETED)
                taken = asking.done() and asking.result()
                asking.cancel()
                if taken and await is_over(self._policy.grace / 2):
                    return
            if gone.done() or forced.done():
                return
            life.child.terminate()
            await is_over(deadline - asyncio.get_running_loop().time())
        finally:
            if not gone.done():
                self.was_killed = True
                if not forced.done():
                    self._printer.say(f"{self.name} does not end within {self._policy.grace:g} s, it is killed")
                life.child.kill()
            forced.cancel()

    async def _ask_to_end(self) -> bool:
        """Send SHUTDOWN; tell whether the server has taken it, which it says by closing the connection."""
        timeout = min(COURTESY, self._policy.grace / 2)
        try:
            connection = await Connection.open(self.address, timeout)
        except ProbeError:
            return False
        try:
            if self.plan.password:
                await connection.log_in(self.plan.password)
            await connection.ask("SHUTDOWN", "NOSAVE", limit=timeout)
        except (RefusedError, ProbeError) as error:
            return str(error) == "the connection was closed"
        finally:
            connection.close()
        return False

    def _judge(self, life: Life) -> float | None:
        """Return the seconds until the next start, None for none. Raises LaunchError if it would make no sense."""
        how = life.complaint or ending(life.code)
        name, now = self.name, self._clock()
        if life.ready is None:
            is_early = not self.ready.is_set() and (life.code >= 0 or life.complaint)
            delay = self._backoff.crashed(was_ready=False, was_healthy=False)
            if is_early or not self._policy.restart:
                self._give_up(life, f"{name} cannot be started: it {how}")
            if self._backoff.failures >= self._policy.failures:
                self._give_up(life, f"{name} {how}; {self._policy.failures} starts, and never ready")
            self._printer.say(f"{name} {how} before it was ready; it is started again in {delay:.1f} s")
            return delay
        uptime = now - life.ready
        if self.plan.lifetime and uptime >= self.plan.lifetime:
            days = self.plan.lifetime / 86400
            self._printer.say(f"{name} {how} after {days:g} days, as this edition does; it is started again")
            return 0
        if not self._policy.restart:
            self._printer.say(f"{name} {how} after {uptime:.1f} s")
            return None
        delay = self._backoff.crashed(was_ready=True, was_healthy=uptime >= self._policy.healthy)
        self._printer.say(f"{name} {how} after {uptime:.1f} s; it is started again in {delay:.1f} s")
        return delay

    def _give_up(self, life: Life, what: str) -> None:
        self._lifecycle.move(State.FATAL)
        tail = life.child.tail
        hint = next((hint for pattern, hint in self.plan.hints if any(found(pattern, line) for line in tail)), "")
        lines = [f"{what}{'; ' if hint else ''}{hint}", f"  command: {self.plan.shown()}"]
        if tail:
            lines += ["  its last lines:", *(f"    {line}" for line in tail)]
        raise LaunchError("\n".join(lines))


def found(pattern: str, line: str) -> bool:
    """Tell whether a line has a pattern, whatever the case of its letters."""
    import re  # noqa: PLC0415  (only when something went wrong)

    return bool(re.search(pattern, line, re.IGNORECASE))


def ending(code: int) -> str:
    """Say how a process ended."""
    if code >= 0:
        return f"ended with exit code {code}"
    try:
        return f"was ended by {signal.Signals(-code).name}"
    except ValueError:
        return f"was ended by signal {-code}"
