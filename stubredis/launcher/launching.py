"""A launch from beginning to end: its servers, the signals, and what other commands are told of it."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field

from stubredis.launcher import pidfile, ports
from stubredis.launcher.announcing import announce, correct, forget
from stubredis.launcher.errors import LaunchError
from stubredis.launcher.output import Printer
from stubredis.launcher.probe import ProbeError, look_at
from stubredis.launcher.process import Plan
from stubredis.launcher.providers import addresses, is_external
from stubredis.launcher.settings import Address, Provider, Settings
from stubredis.launcher.signals import on_stop
from stubredis.launcher.states import Policy
from stubredis.launcher.supervisor import Supervisor
from stubredis.launcher.ties import tie
from stubredis.launcher.watching import Watch


@dataclass(frozen=True)
class Options:
    """What the command line says besides the settings."""

    policy: Policy = field(default_factory=Policy)
    use_running: bool = False
    """Whether a server that is there already is as good as one that is launched."""


def launch(settings: Settings, options: Options, printer: Printer) -> int:
    """Bring up what the settings name, keep it up until a signal comes, and return the exit code.

    Raises LaunchError.
    """
    if is_external(settings):
        from stubredis.launcher.providers import external  # noqa: PLC0415  (like the others, imported when it is chosen)

        printer.say(f"{settings.master} is not on this machine: nothing is launched, the servers there are watched")
        return run(external.watches(settings, printer, options.policy), settings, options, printer)
    if options.use_running and not ports.is_free(settings.master):
        printer.say(f"{settings.master} is served already: that server is used, and not stopped at the end")
        watch = Watch("server", settings.master, settings.password, printer, options.policy)
        return run([watch], settings, options, printer)
    if settings.replica_count and settings.provider is not Provider.REDIS:
        printer.say("replicas are for the provider redis: here the one server takes reads and writes")
    for address in addresses(settings):
        claim(address, settings.password)
    if settings.provider is Provider.STUB:
        from stubredis.launcher.providers import stub  # noqa: PLC0415

        return stub.run(settings, options.policy, printer)
    plans = make_plans(settings)
    printer.width = max(len(plan.name) for plan in plans)
    tether = tie()
    try:
        return run([Supervisor(plan, tether, printer, options.policy) for plan in plans], settings, options, printer)
    finally:
        tether.close()
        for plan in plans:
            if not plan.keeps_data:
                shutil.rmtree(plan.folder, ignore_errors=True)


def make_plans(settings: Settings) -> list[Plan]:
    """Return how each server is started. Raises LaunchError."""
    if settings.provider is Provider.MEMURAI:
        from stubredis.launcher.providers import memurai  # noqa: PLC0415

        return [memurai.plan(settings)]
    from stubredis.launcher.providers import redis  # noqa: PLC0415

    return redis.plans(settings)


def run(members: Sequence[Member], settings: Settings, options: Options, printer: Printer) -> int:
    """Run servers until a signal comes, and return the exit code. Raises LaunchError."""
    return asyncio.run(Launch(members, settings, options.policy, printer).run())


def claim(address: Address, password: str) -> None:
    """See to it that a port is free. Raises LaunchError that says who has it."""
    if not ports.is_free(address):
        who = asyncio.run(who_serves(address, password))
        if not who:
            raise LaunchError(
                f"{address} is in use, though nobody answers there: it may be the near end of somebody's connection; "
                f"choose another port with --port"
            )
        raise LaunchError(
            f"{address} is already served by {who}; "
            f"stop it, choose another port with --port, or adopt it with --use-running"
        )


async def who_serves(address: Address, password: str) -> str:
    """Say who listens where we cannot; empty if nobody does."""
    try:
        seen = str(await look_at(Address(ports.binds(address.host)[0], address.port), password))
    except ProbeError as error:
        return "" if error.is_refusal else f"something that is no Redis ({error})"
    with contextlib.suppress(LaunchError):
        for record in pidfile.alive():
            if record.address == address:
                return f"{seen} (launched by stubredis, pid {record.pid})"
    return seen


Member = Supervisor | Watch


async def all_ready(members: Sequence[Member]) -> None:
    """Wait until servers are ready."""
    for member in members:
        await member.ready.wait()


class Launch:
    """What is launched, or watched."""

    def __init__(self, members: Sequence[Member], settings: Settings, policy: Policy, printer: Printer) -> None:
        self._waiting = list(members)
        self._members: list[Member] = []
        """Those that run, the master first."""
        self._tasks: list[asyncio.Task[None]] = []
        self._settings = settings
        self._policy = policy
        self._printer = printer
        self._told = asyncio.Event()
        self._signal = 0
        """The one that told us to stop."""
        self._is_forced = False

    async def run(self) -> int:
        """Bring the servers up, the first before the others, and keep them up; return the exit code.

        Raises LaunchError.
        """
        on_stop(self._stop)
        record = None
        try:
            while self._waiting:
                if not await self._bring_up(self._waiting[:1] if not self._members else self._waiting):
                    return await self._end()
            replicas = [member.address for member in self._members[1:]]
            seen = self._members[0].sighting
            record = announce(self._settings, self._policy, self._printer, seen, self._servers(), replicas)
            for member in self._members:
                member.on_return = functools.partial(self._correct, record)
            told = asyncio.create_task(self._told.wait())
            await asyncio.wait({told, *self._tasks}, return_when=asyncio.FIRST_COMPLETED)
            told.cancel()
            return await self._end()
        finally:
            if record:
                forget(record)
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def _servers(self) -> dict[str, int]:
        """Return the processes that are ours."""
        return {member.name: member.pid for member in self._members if member.pid}

    def _correct(self, record: pidfile.Record) -> None:
        correct(record, self._servers())

    async def _bring_up(self, group: list[Member]) -> bool:
        """Start servers and wait until all are ready; tell whether they are: else one has ended, or we are to."""
        self._members += group
        self._waiting = self._waiting[len(group) :]
        self._tasks += [asyncio.create_task(member.run()) for member in group]
        ready = asyncio.create_task(all_ready(group))
        told = asyncio.create_task(self._told.wait())
        try:
            await asyncio.wait({ready, told, *self._tasks}, return_when=asyncio.FIRST_COMPLETED)
            return ready.done() and not told.done()
        finally:
            ready.cancel()
            told.cancel()

    async def _end(self) -> int:
        """Stop what still runs, replicas before their master, and return the exit code. Raises LaunchError."""
        ended = next((number for number, task in enumerate(self._tasks) if task.done()), None)
        for numbers in (range(1, len(self._tasks)), range(min(1, len(self._tasks)))):
            for number in numbers:
                self._members[number].stop()
            if numbers:
                await asyncio.wait([self._tasks[number] for number in numbers])
        for task in self._tasks:
            task.result()
        if not self._told.is_set() and ended is not None:
            code = self._members[ended].code
            return code if code >= 0 else 128 - code
        if self._is_forced or any(member.was_killed for member in self._members):
            return 128 + self._signal
        return 0

    def _stop(self, number: int) -> None:
        """End in order; at the second time, at once."""
        if not self._told.is_set():
            self._signal = number
            self._told.set()
            return
        self._is_forced = True
        for member in self._members:
            member.kill()
