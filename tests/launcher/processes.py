"""What the tests of the launcher share: launchers in processes of their own, a bad server, and a look at processes."""

from __future__ import annotations

import contextlib
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import psutil

FAKE = Path(__file__).with_name("fake_redis.py")
PATIENCE = 30


def fake_redis(folder: Path, *lives: str) -> str:
    """Make a program that behaves like this at each of its starts, and return its path."""
    folder.mkdir(exist_ok=True)
    program = folder / "redis-server"
    program.write_text(f"#!{sys.executable} -IS\n{FAKE.read_text()}")
    program.chmod(0o755)
    (folder / "lives").write_text("\n".join(lives))
    return str(program)


def free_row(length: int) -> int:
    """Return the first of some ports in a row that nobody uses just now."""
    while True:
        first = random.randrange(10_000, 30_000)  # below those that connections get that go out
        with contextlib.ExitStack() as stack:
            try:
                for port in range(first, first + length):
                    stack.enter_context(socket.create_server(("127.0.0.1", port)))
            except OSError:
                continue
        return first


def is_gone(pid: int) -> bool:
    """Tell whether a process has ended; that nobody has asked for its exit code yet does not matter."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def assert_gone(pid: int) -> None:
    """Wait for the end of a process."""
    for _ in range(PATIENCE * 20):
        if is_gone(pid):
            return
        with contextlib.suppress(psutil.TimeoutExpired, psutil.NoSuchProcess):
            psutil.Process(pid).wait(0.05)
    raise AssertionError(f"process {pid} is still there")


class Launcher:
    """`stubredis launch` in a process of its own."""

    def __init__(self, folder: Path, *words: str, **environment: str) -> None:
        self.folder = folder
        self.environment = {**os.environ, "XDG_RUNTIME_DIR": str(folder)}
        for name in ("NODE_CONFIG_ENV", "NODE_CONFIG_DIR"):
            self.environment.pop(name, None)
        self.environment |= environment
        self.lines: list[str] = []
        self._news = threading.Condition()
        self._ended = False
        self.process = subprocess.Popen(
            [sys.executable, "-m", "stubredis", "launch", *words],
            cwd=folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def output(self) -> str:
        return "\n".join(self.lines)

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            with self._news:
                self.lines.append(line.rstrip("\n"))
                self._news.notify_all()
        with self._news:
            self._ended = True
            self._news.notify_all()

    def wait_for(self, pattern: str, times: int = 1) -> re.Match[str]:
        """Wait until lines with a pattern have come, and return the match in the last of them."""

        def found() -> list[re.Match[str]]:
            return [match for line in self.lines if (match := re.search(pattern, line))]

        with self._news:
            self._news.wait_for(lambda: len(found()) >= times or self._ended, PATIENCE)
            matches = found()
        assert len(matches) >= times, f"no {pattern!r} in:\n{self.output}"
        return matches[times - 1]

    def wait_until_ready(self) -> int:
        """Wait for the line that says how the server is reached, and return the server's process."""
        return int(self.wait_for(r"^stubredis: ready: .*pid (\d+)")[1])

    def signal(self, number: int) -> None:
        self.process.send_signal(number)

    def end(self) -> int:
        """Wait for its end, and return the exit code."""
        code = self.process.wait(PATIENCE)
        self._reader.join(PATIENCE)
        return code

    def stop(self) -> int:
        self.signal(signal.SIGTERM)
        return self.end()

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run another verb, which finds this launcher."""
        return subprocess.run(
            [sys.executable, "-m", "stubredis", *words],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )

    def servers(self) -> list[psutil.Process]:
        """Return the processes that it has started."""
        return psutil.Process(self.pid).children(recursive=True)

    def close(self) -> None:
        """End it in any case."""
        if self.process.poll() is None:
            servers = self.servers()
            self.process.kill()
            for server in servers:
                with contextlib.suppress(psutil.NoSuchProcess):
                    server.kill()
        self.end()
        assert self.process.stdout is not None
        self.process.stdout.close()


@contextlib.contextmanager
def launcher(folder: Path, *words: str, **environment: str) -> Iterator[Launcher]:
    """Run `stubredis launch` while the block runs."""
    launched = Launcher(folder, *words, **environment)
    try:
        yield launched
    finally:
        launched.close()
        shutil.rmtree(folder / "stubredis", ignore_errors=True)
