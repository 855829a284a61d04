"""A supervisor in this process, with a bad server: what takes long outside is short here, and its clock is ours."""

from __future__ import annotations

import asyncio
import io
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from stubredis.launcher.errors import LaunchError
from stubredis.launcher.output import Printer
from stubredis.launcher.probe import Connection
from stubredis.launcher.process import Plan
from stubredis.launcher.providers.memurai import LICENCE, LIFETIME
from stubredis.launcher.settings import Address
from stubredis.launcher.states import Backoff, Policy, State
from stubredis.launcher.supervisor import Supervisor
from stubredis.launcher.ties import DeathSignal, Tie, Watcher, tie
from tests.launcher.processes import assert_gone, fake_redis, is_gone
from tests.processes import free_port, stubredis

if sys.platform == "win32":
    pytest.skip("the bad server is a script with a first line for POSIX", allow_module_level=True)

HASTE = Policy(grace=5, start=20, hang=0.2, ping=0.05)


class Waits(Backoff):
    """Waits nearly not at all, and remembers how long it would have been."""

    def __init__(self) -> None:
        super().__init__(lambda: 0.0)
        self.delays: list[float] = []

    def crashed(self, *, was_ready: bool, was_healthy: bool) -> float:
        self.delays.append(super().crashed(was_ready=was_ready, was_healthy=was_healthy))
        return 0.001


class Said(io.StringIO):
    """What was printed, and a sign that there is more of it."""

    def __init__(self) -> None:
        super().__init__()
        self.more = asyncio.Event()

    def write(self, text: str) -> int:
        self.more.set()
        return super().write(text)


class Supervised:
    """A supervisor of a bad server, and what is seen of it."""

    def __init__(
        self, folder: Path, *lives: str, policy: Policy = HASTE, tether: Tie | None = None, **plan: Any
    ) -> None:
        self.address = Address(port=free_port())
        program = fake_redis(folder / "bin", *lives)
        self.plan = Plan("fake", program, ("--port", str(self.address.port)), self.address, folder / "run", **plan)
        self.tether = tether or tie()
        self.states: list[State] = []
        self.waits = Waits()
        self.shift = 0.0
        self.step = 0.0
        """How far the clock goes on with each look at it."""
        self.printed = Said()
        self._changed = asyncio.Event()
        self.supervisor = Supervisor(
            self.plan,
            self.tether,
            Printer(self.printed),
            policy,
            backoff=self.waits,
            clock=self._clock,
            on_change=self._note,
        )
        self.task: asyncio.Task[None]

    def _clock(self) -> float:
        self.shift += self.step
        return asyncio.get_running_loop().time() + self.shift

    def _note(self, state: State) -> None:
        self.states.append(state)
        self._changed.set()

    async def until(self, state: State, times: int = 1) -> None:
        """Wait until it has come to a state so often, or has ended."""
        async with asyncio.timeout(30):
            while self.states.count(state) < times and not self.task.done():
                self._changed.clear()
                await self._changed.wait()
        assert self.states.count(state) >= times, (self.states, self.printed.getvalue())

    async def until_said(self, text: str) -> None:
        """Wait until something has been printed."""
        async with asyncio.timeout(30):
            while text not in self.printed.getvalue():
                self.printed.more.clear()
                await self.printed.more.wait()

    async def ask(self, *words: str) -> Any:
        connection = await Connection.open(self.address)
        try:
            return await connection.ask(*words)
        finally:
            connection.close()


@asynccontextmanager
async def supervised(folder: Path, *lives: str, **options: Any) -> AsyncIterator[Supervised]:
    """Run a supervisor, and see to it that nothing of it stays."""
    it = Supervised(folder, *lives, **options)
    it.task = asyncio.create_task(it.supervisor.run())
    it.task.add_done_callback(lambda _: it._changed.set())
    try:
        yield it
    finally:
        it.supervisor.kill()
        with suppress(LaunchError):
            await it.task
        it.tether.close()


async def failure(it: Supervised) -> str:
    """Wait until it is given up, and return why."""
    with pytest.raises(LaunchError) as caught:
        await it.task
    assert it.states[-1] is State.FATAL
    return str(caught.value)


@pytest.mark.parametrize("make", [tie, Watcher])
async def test_from_start_to_stop(tmp_path: Path, make: Callable[[], Tie]) -> None:
    async with supervised(tmp_path, "serve", tether=make()) as it:
        await it.until(State.RUNNING)
        pid = it.supervisor.pid
        it.supervisor.stop()
        await it.task
        assert it.states == [State.STARTING, State.RUNNING, State.STOPPING, State.STOPPED]
        assert "bye bye" in it.printed.getvalue()  # by SHUTDOWN, not by a signal
    assert_gone(pid)


async def test_crashes_are_followed_by_restarts_and_waits(tmp_path: Path) -> None:
    async with supervised(tmp_path, "serve") as it:
        for number in range(1, 4):
            await it.until(State.RUNNING, number)
            if number == 3:
                it.shift += 10  # seconds of health, after which the past is forgotten
            os.kill(it.supervisor.pid, signal.SIGSEGV)
            await it.until(State.BACKOFF, number)
        await it.until(State.RUNNING, 4)
        assert it.waits.delays == [0.5, 1, 0.5]
        assert "fake was ended by SIGSEGV" in it.printed.getvalue()


async def test_five_failures_without_being_ready_are_enough(tmp_path: Path) -> None:
    async with supervised(tmp_path, "signal 6") as it:
        assert "was ended by SIGABRT; 5 starts, and never ready" in await failure(it)
        assert it.states.count(State.STARTING) == 5
        assert it.waits.delays == [0.5, 1, 2, 4, 8]


async def test_a_server_that_was_ready_once_gets_more_chances(tmp_path: Path) -> None:
    """Its port may be taken for a moment, which is an exit code that would be final at the first start."""
    async with supervised(tmp_path, "serve", "exit 1 in use", "exit 1 in use", "serve") as it:
        await it.until(State.RUNNING)
        os.kill(it.supervisor.pid, signal.SIGKILL)
        await it.until(State.RUNNING, 2)
        assert it.states.count(State.STARTING) == 4


async def test_a_server_that_hangs_is_killed_and_started_again(tmp_path: Path) -> None:
    async with supervised(tmp_path, "serve") as it:
        await it.until(State.RUNNING)
        pid = it.supervisor.pid
        await it.ask("HANG")
        await it.until(State.RUNNING, 2)
        assert is_gone(pid)
        assert "fake has not answered for" in it.printed.getvalue()


async def test_a_stopped_process_is_waited_for(tmp_path: Path) -> None:
    """SIGSTOP, a debugger: with `hang` 0 it is only told."""
    policy = Policy(hang=0, ping=0.02)
    async with supervised(tmp_path, "serve", policy=policy) as it:
        await it.until(State.RUNNING)
        os.kill(it.supervisor.pid, signal.SIGSTOP)
        await it.until_said("fake does not answer: no answer in time")
        os.kill(it.supervisor.pid, signal.SIGCONT)
        await it.until_said("fake answers again")
        assert it.states == [State.STARTING, State.RUNNING]


async def test_a_server_that_loads_is_alive(tmp_path: Path) -> None:
    """However long it takes: each time it is asked, more time has passed than a silent server is given."""
    async with supervised(tmp_path, "loading", policy=Policy(start=20)) as it:
        await it.until_said("Ready to accept")
        it.step = 19
        await it.until(State.RUNNING)
        assert it.states == [State.STARTING, State.RUNNING]
        assert it.shift > 20


async def test_a_server_that_says_nothing_is_given_up(tmp_path: Path) -> None:
    async with supervised(tmp_path, "silent", policy=Policy(start=0.2)) as it:
        text = await failure(it)
    assert "fake cannot be started: it is not ready after 0.2 s: connection refused" in text
    assert "begins to silent" in text


async def test_an_open_port_is_no_proof(tmp_path: Path) -> None:
    """Another server answers there, so ours is not ready, though PING is answered by PONG."""
    with stubredis() as other:
        async with supervised(tmp_path, "silent", policy=Policy(start=0.3)) as it:
            it.supervisor.address = Address(port=other.port)
            text = await failure(it)
    assert f"127.0.0.1:{other.port} is served by another server: stubredis " in text
    assert f"pid {other.pid}" in text


async def test_it_can_be_stopped_before_it_is_ready(tmp_path: Path) -> None:
    async with supervised(tmp_path, "silent") as it:
        await it.until(State.STARTING)
        it.supervisor.stop()
        await it.task
        assert it.states == [State.STARTING, State.STOPPING, State.STOPPED]
        assert it.supervisor.code == -signal.SIGTERM


async def test_it_can_be_stopped_while_it_waits_for_a_restart(tmp_path: Path) -> None:
    async with supervised(tmp_path, "signal 6") as it:
        it.waits.crashed = lambda **_: 1000.0  # type: ignore[method-assign]
        await it.until(State.BACKOFF)
        it.supervisor.stop()
        await it.task
        assert it.states[-1] is State.STOPPED


async def test_the_end_after_ten_days_is_no_crash(tmp_path: Path) -> None:
    async with supervised(tmp_path, "serve", lifetime=LIFETIME) as it:
        await it.until(State.RUNNING)
        it.shift = LIFETIME + 65
        os.kill(it.supervisor.pid, signal.SIGTERM)
        await it.until(State.RUNNING, 2)
        assert it.waits.delays == []
        assert "after 10 days, as this edition does; it is started again" in it.printed.getvalue()


async def test_a_missing_licence_is_told_and_not_retried(tmp_path: Path) -> None:
    life = "exit 1 [7] 24 Aug 12:44:58.831 # License file not found: C:\\x\\memurai.lic"
    async with supervised(tmp_path, life, hints=((LICENCE, "it has no valid licence"),)) as it:
        text = await failure(it)
        assert text.startswith("fake cannot be started: it ended with exit code 1; it has no valid licence\n")
        assert it.states.count(State.STARTING) == 1


async def test_a_replica_must_be_linked(tmp_path: Path) -> None:
    async with supervised(tmp_path, "replica", policy=Policy(start=0.2), master=Address(port=1)) as it:
        assert "it has no link to its master 127.0.0.1:1" in await failure(it)


async def test_secrets_come_by_the_standard_input(tmp_path: Path) -> None:
    async with supervised(tmp_path, "input", secrets="requirepass x\n") as it:
        assert "the input was requirepass (hidden)" in await failure(it)


async def test_what_goes_wrong_in_here_leaves_nothing_out_there(tmp_path: Path) -> None:
    async with supervised(tmp_path, "stubborn") as it:
        await it.until(State.RUNNING)
        pid = it.supervisor.pid
        it.task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await it.task
        assert_gone(pid)
        it.task = asyncio.create_task(asyncio.sleep(0))


# What ties processes to their launcher

LAUNCHER = """
import subprocess, sys, signal
from stubredis.launcher.ties import DeathSignal, Watcher
tie = {name}()
command = tie.command(sys.argv[1], tuple(sys.argv[2:]))
child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, **tie.options())
line = child.stdout.readline()
if {covered}:
    tie.cover(child.pid)
print(child.pid, line, flush=True)
signal.pause()
"""

TIES = [
    pytest.param("DeathSignal", False, marks=pytest.mark.skipif(sys.platform != "linux", reason="a feature of Linux")),
    pytest.param("DeathSignal", True, marks=pytest.mark.skipif(sys.platform != "linux", reason="a feature of Linux")),
    ("Watcher", False),
]

STUBBORN = """
import os, signal
{fork}
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print(os.getpid(), flush=True)
signal.pause()
"""


@pytest.mark.parametrize(("name", "covered"), TIES)
def test_who_outlives_the_launcher_is_killed(name: str, covered: bool) -> None:
    """With `covered`, and with a watcher anyway, so are those whom the child has started."""
    fork = "os.fork() and os.wait()" if covered or name == "Watcher" else "pass"
    program = [sys.executable, "-c", STUBBORN.format(fork=fork)]
    command = [sys.executable, "-c", LAUNCHER.format(name=name, covered=covered), *program]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as launcher:
        assert launcher.stdout is not None
        pids = list(map(int, launcher.stdout.readline().split()))
        assert not any(map(is_gone, pids))
        launcher.kill()
    for pid in pids:
        assert_gone(pid)


@pytest.mark.parametrize("make", [DeathSignal, Watcher])
def test_who_lost_its_launcher_before_the_start_does_not_start(make: type[Tie]) -> None:
    """The launcher in the command line is none of ours, as if ours had died and another process were the parent."""
    tether = make()
    try:
        command = tether.command(sys.executable, ("-c", "print('started')"))
        command[command.index(str(os.getpid()))] = "1"
        result = subprocess.run(command, capture_output=True, text=True, check=False, **tether.options())
        assert (result.returncode, result.stdout) == (1, "")
    finally:
        tether.close()


def test_a_program_that_cannot_be_run() -> None:
    tether = tie()
    result = subprocess.run(
        tether.command("/no/such/program", ()), capture_output=True, text=True, check=False, **tether.options()
    )
    assert (result.returncode, result.stderr) == (126, "cannot run /no/such/program: No such file or directory\n")
