"""What the scripts share: the server they were started for, processes that end with them, and waiting."""

import contextlib
import os
import queue
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil

URL = os.environ["REDIS_URL"]
RESTART = "restart the server"
PATIENCE = 20
STOP_SECONDS = 10

_answers: queue.Queue[str] = queue.Queue()


def end_with_parent() -> None:
    """Read what the test says; once that has ended, end what was started here, too."""

    def listen() -> None:
        for line in sys.stdin:
            _answers.put(line)
        kill_children(psutil.Process())
        os._exit(1)

    threading.Thread(target=listen, daemon=True).start()


def restart_server() -> None:
    """Have the server ended and started again, empty, on the same port."""
    print(RESTART, flush=True)
    _answers.get(timeout=PATIENCE)


def proven(what: str) -> None:
    print("-", what, flush=True)


@contextlib.contextmanager
def raises(*errors: type[BaseException], text: str = "") -> Iterator[None]:
    """Expect an error whose message has this text."""
    try:
        yield
    except errors as error:
        if text not in str(error):
            raise
    else:
        raise AssertionError("no error")


def eventually(condition: Callable[[], object], what: str = "what the script waits for") -> None:
    """Ask again and again."""
    give_up = time.monotonic() + PATIENCE
    while not condition():
        time.sleep(0.01)
        assert time.monotonic() < give_up, f"{what} did not happen"


class Worker:
    """A running process of an application and what it has printed."""

    def __init__(self, arguments: tuple[str, ...], log: Path) -> None:
        self.log = log
        with log.open("w") as output:
            self.process = psutil.Popen(
                [sys.executable, "-m", *arguments], stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
            )

    @property
    def pid(self) -> int:
        return self.process.pid

    def output(self) -> str:
        return self.log.read_text(errors="replace")

    def last_lines(self) -> str:
        return "\n".join(self.output().splitlines()[-25:])

    def wait_for(self, text: str) -> None:
        """Wait until the process has printed something."""
        give_up = time.monotonic() + PATIENCE
        while text not in self.output():
            assert self.process.poll() is None, f"ended with {self.process.returncode}"
            assert time.monotonic() < give_up, f"{text!r} was not printed"
            time.sleep(0.02)

    def wait(self) -> None:
        """Wait until the process has done all its work."""
        code = self.process.wait(PATIENCE)
        assert code == 0, f"ended with {code}"


@contextlib.contextmanager
def worker(*arguments: str, ready: str = "", stops: bool = True) -> Iterator[Worker]:
    """Run `python -m ...` as a user would, until the end of the block, and see it stop when it is asked to."""
    with tempfile.TemporaryDirectory() as folder:
        started = Worker(arguments, Path(folder) / "log")
        try:
            started.wait_for(ready)
            yield started
            if stops and started.process.poll() is None:
                started.process.terminate()
                started.process.wait(STOP_SECONDS)
        except BaseException:
            print(" ".join(arguments), started.last_lines(), sep="\n", flush=True)
            raise
        finally:
            kill_children(started.process)
            with contextlib.suppress(psutil.NoSuchProcess):
                started.process.kill()
            started.process.wait()


def kill_children(process: psutil.Process) -> None:
    """Kill all that a process has started, and what they have started."""
    with contextlib.suppress(psutil.NoSuchProcess):
        for child in process.children(recursive=True):
            with contextlib.suppress(psutil.NoSuchProcess):
                child.kill()
