"""Server processes for the tests: real servers and our own, each on a free loopback port, always stopped."""

from __future__ import annotations

import contextlib
import os
import re
import socket
import subprocess
import sys
import tempfile
import threading
from collections import deque
from collections.abc import Iterator, Mapping

from stubredis.asking import ask
from tests.windows import wine

READY = "Ready to accept connections"
START_SECONDS = 30
STOP_SECONDS = 10

UNDER_WINE = os.environ.get("STUBREDIS_UNDER_WINE") == "yes"
"""Whether our servers run on Windows, as wine has it, while everything else runs here: see tests/windows."""


class StartError(Exception):
    """A server did not become ready; the message has its command and its last lines."""


class ServerProcess:
    """A running server: constructed means ready, that is PING was answered."""

    def __init__(
        self,
        command: list[str],
        folder: str,
        *,
        port: int | None,
        password: str | None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.host = "127.0.0.1"
        self.password = password
        self._port = port
        self._command = command
        self._folder = folder
        self._environment = environment
        self._start()

    def _start(self) -> None:
        self._lines: deque[str] = deque(maxlen=20)
        self._ready = threading.Event()
        self._process = subprocess.Popen(
            self._command,
            cwd=self._folder,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        self._reader = threading.Thread(target=self._read_log, daemon=True)
        self._reader.start()
        try:
            self._wait_until_ready()
        except BaseException:
            self.stop()
            raise

    @property
    def port(self) -> int:
        assert self._port is not None, "the server told no port"
        return self._port

    @property
    def url(self) -> str:
        login = f":{self.password}@" if self.password else ""
        return f"redis://{login}{self.host}:{self.port}/0"

    @property
    def pid(self) -> int:
        return self._process.pid

    def connect(self) -> socket.socket:
        connection = socket.create_connection((self.host, self.port), timeout=START_SECONDS)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection

    def stop(self) -> int:
        """Ask the server to end, end it if it does not, and return its exit code."""
        if self._process.poll() is None:
            self._ask_to_end()
        try:
            code = self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            code = self._process.wait()
        self._reader.join()
        assert self._process.stdout is not None
        self._process.stdout.close()
        return code

    def wait(self) -> None:
        """Wait until the server has ended by itself."""
        self._process.wait(STOP_SECONDS)

    def restart(self) -> None:
        """Stop the server and start it again on the same port, empty."""
        self.stop()
        self._command = [*self._command, "--port", str(self.port)]
        self._start()

    def describe(self) -> str:
        return "\n".join([" ".join(self._command), *self._lines])

    def _ask_to_end(self) -> None:
        self._process.terminate()

    def _read_log(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._lines.append(line.rstrip())
            if match := re.search(r"\bport=(\d+)", line):
                self._port = self._port or int(match[1])
            if READY in line:
                self._ready.set()
        self._ready.set()  # it ended: nobody has to wait any longer

    def _wait_until_ready(self) -> None:
        if not self._ready.wait(START_SECONDS) or self._process.poll() is not None:
            raise StartError(f"the server did not start\n{self.describe()}")
        with self.connect() as connection:
            connection.sendall(b"PING\r\n")
            answer = connection.recv(64)
        if not answer.startswith((b"+PONG", b"-NOAUTH")):
            raise StartError(f"PING was answered by {answer!r}\n{self.describe()}")


class WindowsProcess(ServerProcess):
    """A server on Windows, where a process hears of no signal from another one, so it is asked by a command."""

    def _ask_to_end(self) -> None:
        if self._port is None or not self._shut_down():
            super()._ask_to_end()

    def _shut_down(self) -> bool:
        """Send SHUTDOWN, which does what a signal does elsewhere; a script that does not end lets only NOSAVE pass."""
        login = [["AUTH", self.password]] if self.password else []
        with contextlib.suppress(OSError):
            for words in (["SHUTDOWN"], ["SHUTDOWN", "NOSAVE"]):
                if ask((self.host, self.port), [*login, words]) == "the server closed the connection":
                    return True
        return False


@contextlib.contextmanager
def stubredis(*options: str, password: str | None = None) -> Iterator[ServerProcess]:
    """Run our server in a process of its own, as a user would start it."""
    command = ["-m", "stubredis", "serve", "--port", "0", "--bind", "127.0.0.1", *options]
    if password:
        command += ["--requirepass", password]
    with tempfile.TemporaryDirectory() as folder:
        kind = WindowsProcess if UNDER_WINE or sys.platform == "win32" else ServerProcess
        command = wine.command(*command) if UNDER_WINE else [sys.executable, *command]
        environment = wine.environment() if UNDER_WINE else None
        server = kind(command, folder, port=None, password=password, environment=environment)
        try:
            yield server
        finally:
            code = server.stop()
        assert code == 0, f"exit code {code}\n{server.describe()}"


@contextlib.contextmanager
def real_server(program: str, *options: str, password: str | None = None) -> Iterator[ServerProcess]:
    """Run redis-server or valkey-server without persistence."""
    command = [
        program,
        "--bind",
        "127.0.0.1",
        "--save",
        "",
        "--appendonly",
        "no",
        "--daemonize",
        "no",
        *options,
    ]
    if password:
        command += ["--requirepass", password]
    with tempfile.TemporaryDirectory() as folder:
        server = _start_on_free_port([*command, "--dir", folder], folder, password)
        try:
            yield server
        finally:
            server.stop()


def free_port() -> int:
    """Return a port that nobody listens on just now."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def _start_on_free_port(command: list[str], folder: str, password: str | None) -> ServerProcess:
    # A real server cannot choose a port by itself, and a free one can be taken by somebody else meanwhile.
    for attempts_left in (2, 1, 0):
        port = free_port()
        try:
            return ServerProcess([*command, "--port", str(port)], folder, port=port, password=password)
        except StartError as error:
            if not attempts_left or "in use" not in str(error):
                raise
    raise AssertionError("unreachable")
