"""One process of a server: started tied to the launcher, its output passed on, and ended."""

from __future__ import annotations

import asyncio
import contextlib
import shlex
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from stubredis.launcher.errors import LaunchError
from stubredis.launcher.output import Lines, Printer
from stubredis.launcher.settings import Address
from stubredis.launcher.ties import Tie


@dataclass(frozen=True)
class Plan:
    """How one server is started, and how it is known that it is there."""

    name: str
    """As its lines are marked."""
    program: str
    arguments: tuple[str, ...]
    address: Address
    folder: Path
    """Where it runs, and keeps its data if it does."""
    password: str = field(default="", repr=False)
    secrets: str = field(default="", repr=False)
    """Lines of configuration for its standard input, so that no list of processes shows them."""
    secrets_file: Path | None = None
    """Where those lines go instead, for a server that does not read its standard input."""
    master: Address | None = None
    """Whose replica it is; it is ready only when it is linked to it."""
    keeps_data: bool = False
    """Whether its folder is to outlive it."""
    lifetime: float = 0
    """Seconds after which it is known to end by itself; 0 for a server without such a habit."""
    hints: tuple[tuple[str, str], ...] = ()
    """What to say if one of its last lines has this pattern."""

    def shown(self) -> str:
        """Return the command line as a user could type it; there is no password in it."""
        words = [self.program, *self.arguments]
        return subprocess.list2cmdline(words) if "\\" in self.program else shlex.join(words)


class Child:
    """A running process."""

    def __init__(self, plan: Plan, tie: Tie, process: asyncio.subprocess.Process, printer: Printer) -> None:
        self.pid = process.pid
        self.said_ready = asyncio.Event()
        self._plan = plan
        self._tie = tie
        self._process = process
        self._printer = printer
        self._lines = Lines()
        self._reading = asyncio.create_task(self._read())

    @classmethod
    async def start(cls, plan: Plan, tie: Tie, printer: Printer) -> Child:
        """Start a server. Raises LaunchError if the operating system refuses."""
        stdin = subprocess.DEVNULL
        try:
            plan.folder.mkdir(parents=True, exist_ok=True)
            if plan.secrets_file:
                plan.secrets_file.touch(0o600)
                plan.secrets_file.write_text(plan.secrets, encoding="utf-8")
            elif plan.secrets:
                stdin = subprocess.PIPE
            process = await asyncio.create_subprocess_exec(
                *tie.command(plan.program, plan.arguments),
                cwd=plan.folder,
                stdin=stdin,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                **tie.options(),
            )
        except OSError as error:
            raise LaunchError(f"cannot run {plan.program}: {error.strerror or error}") from None
        if process.stdin:
            process.stdin.write(plan.secrets.encode("utf-8", "surrogateescape"))
            process.stdin.close()  # what is written goes out first
        return cls(plan, tie, process, printer)

    @property
    def tail(self) -> list[str]:
        """Its last lines."""
        return list(self._lines.tail)

    def owns(self, pid: int) -> bool:
        """Tell whether a process is this one or has come from it."""
        return self._tie.owns(self.pid, pid)

    def is_ready(self, pid: int) -> None:
        """Note which process serves; what was needed for the start only is removed."""
        if pid != self.pid:
            self._tie.cover(self.pid)
        if self._plan.secrets_file:
            with contextlib.suppress(OSError):
                self._plan.secrets_file.unlink()

    async def wait(self) -> int:
        """Wait until it has ended and all that it said has been passed on; return its exit code, -N for signal N."""
        code = await self._process.wait()
        self._tie.kill_rest(self.pid)
        with contextlib.suppress(TimeoutError):
            # Something out of our reach may still hold the pipe.
            await asyncio.wait_for(self._reading, 1)
        return code

    def terminate(self) -> None:
        """Ask it to end, in the manner of the operating system."""
        with contextlib.suppress(ProcessLookupError):
            self._process.terminate()

    def kill(self) -> None:
        """End it."""
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()

    async def _read(self) -> None:
        assert self._process.stdout is not None
        data = b"-"
        while data:
            data = await self._process.stdout.read(65536)
            for line in self._lines.feed(data):
                self._printer.pass_on(self._plan.name, line)
                if line.says_ready:
                    self.said_ready.set()
