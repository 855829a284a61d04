"""No orphans: what ties a server's process to its launcher, in the way of each operating system."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

TETHER = str(Path(__file__).with_name("tether.py"))


class Tie:
    """How processes are started that die with this one. The launcher's main thread starts them."""

    def command(self, program: str, arguments: tuple[str, ...]) -> list[str]:
        """Return the command that is really run; the process becomes the program."""
        return [program, *arguments]

    def options(self) -> dict[str, Any]:
        """Return the keywords for `subprocess`."""
        return {}

    def owns(self, child: int, pid: int) -> bool:
        """Tell whether a process is the child, or has been started by it, as where a script starts the server."""
        return child == pid

    def cover(self, child: int) -> None:
        """See to it that what a child has started dies with the launcher as well."""

    def kill_rest(self, child: int) -> None:
        """Kill what a child that is gone has left behind."""

    def close(self) -> None:
        """Give up what is needed while there are children."""


class PosixTie(Tie):
    """Each child leads a session, so that Ctrl-C in a terminal reaches the launcher only, and its family is known."""

    descriptor = "-"

    def command(self, program: str, arguments: tuple[str, ...]) -> list[str]:
        tether = [sys.executable, "-I", "-S", TETHER, "run", str(os.getpid()), self.descriptor]
        return [*tether, program, *arguments]

    def options(self) -> dict[str, Any]:
        return {"start_new_session": True}

    def owns(self, child: int, pid: int) -> bool:
        if sys.platform == "win32":
            return False
        try:
            return child == pid or os.getsid(pid) == child
        except OSError:
            return False

    def kill_rest(self, child: int) -> None:
        if sys.platform != "win32":
            with contextlib.suppress(OSError):
                os.killpg(child, signal.SIGKILL)


class Watcher(PosixTie):
    """A small process that hears of the launcher's end because the pipe between them breaks."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", TETHER, "watch"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        assert self._process.stdin is not None
        self._pipe = self._process.stdin
        self.descriptor = str(self._pipe.fileno())

    def options(self) -> dict[str, Any]:
        return {**super().options(), "pass_fds": (self._pipe.fileno(),)}

    def cover(self, child: int) -> None:
        self._tell(b"+%d\n" % child)  # it has said so itself, if it was started by way of the tether

    def kill_rest(self, child: int) -> None:
        super().kill_rest(child)
        self._tell(b"-%d\n" % child)

    def _tell(self, line: bytes) -> None:
        with contextlib.suppress(OSError):
            os.write(self._pipe.fileno(), line)

    def close(self) -> None:
        self._pipe.close()
        self._process.wait()


if sys.platform == "win32":
    from stubredis.launcher import windows

    class Job(Tie):
        """The launcher and all that it starts are in a job of Windows, which ends with the launcher."""

        def __init__(self) -> None:
            self._job = windows.enter_job()

        def options(self) -> dict[str, Any]:
            # A group of its own, so that Ctrl-C in the console reaches the launcher only.
            return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}

        def owns(self, child: int, pid: int) -> bool:
            return child == pid or windows.in_job(self._job, pid)


class DeathSignal(PosixTie):
    """Linux sends a signal to a process when its parent dies: SIGKILL, which none can ignore or put off."""

    def __init__(self) -> None:
        self._watcher: Watcher | None = None

    def cover(self, child: int) -> None:
        # The signal is for the child alone, and nothing comes from it to its own children.
        self._watcher = self._watcher or Watcher()
        self._watcher.cover(child)

    def kill_rest(self, child: int) -> None:
        super().kill_rest(child)
        if self._watcher:
            self._watcher.kill_rest(child)

    def close(self) -> None:
        if self._watcher:
            self._watcher.close()


def tie() -> Tie:
    """Return the way of this operating system."""
    if sys.platform == "win32":
        return Job()
    if sys.platform == "linux" and importlib.util.find_spec("_ctypes"):
        return DeathSignal()
    return Watcher()
