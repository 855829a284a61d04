"""Runs a script that uses an application: it finds its server in REDIS_URL, and ends with its test."""

from __future__ import annotations

import contextlib
import os
import subprocess
import threading
from pathlib import Path

import psutil

from tests.processes import ServerProcess

SECONDS = 90
#: A script that prints this line reads another one once it is done.
RESTART = "restart the server\n"


def run_script(command: list[str], folder: Path, server: ServerProcess) -> tuple[int, str]:
    """Run a script, restart the server when it asks for that, and return how it ended and what it printed."""
    lines = []
    with subprocess.Popen(
        command,
        cwd=folder,
        env={**os.environ, "REDIS_URL": server.url, "PYTHONUNBUFFERED": "1"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        started = psutil.Process(process.pid)  # knows it from another one that gets its number later
        hung = threading.Timer(SECONDS, kill, [started])
        hung.start()
        try:
            for line in process.stdout:
                if line == RESTART:
                    server.restart()
                    process.stdin.write("restarted\n")
                    process.stdin.flush()
                else:
                    lines.append(line)
            return process.wait(), "".join(lines)
        finally:
            hung.cancel()
            kill(started)


def kill(script: psutil.Process) -> None:
    """End a script and all that it has started."""
    with contextlib.suppress(psutil.NoSuchProcess):
        for process in (script, *script.children(recursive=True)):
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
