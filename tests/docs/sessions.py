"""The shell sessions of the documentation, and how they are run.

A block of the language `console` is a session: `$` begins a command, the lines below are what it prints. Pages are run
from top to bottom in a folder of their own. A command that serves goes on until the end of the page. What changes from
run to run (ports, process ids, times, stream ids, folders) is made equal on both sides first.
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path

from tests.processes import READY, free_port

SECONDS = 30
HOME = "/home/alice/backend"
"""The folder that a page's sessions are in, as the pages write it."""
SERVES = re.compile(r"\bstubredis (?:serve|launch)\b")
BLOCK = re.compile(r"^```console\n(.*?)^```$", re.DOTALL | re.MULTILINE)

CHANGING = [
    (re.compile(r"\b\d+:M \d\d \w{3} \d{4} \d\d:\d\d:\d\d\.\d{3}"), "PID:M TIME"),
    (re.compile(r"\b(pid|launcher)[= ]\d+"), r"\1=PID"),
    (re.compile(r"\b\d{13}-\d+\b"), "STREAM-ID"),
    (re.compile(r"\bstubredis \d+\.\d+\.\d+\S*"), "stubredis VERSION"),
]


@dataclass
class Command:
    """A command and what it is to print."""

    line: str
    expected: str
    number: int
    """Its line on the page, counted from 1."""


def commands(page: str) -> list[Command]:
    """Return the commands of a page, in their order."""
    found: list[Command] = []
    for block in BLOCK.finditer(page):
        number = page.count("\n", 0, block.start(1))
        for line in block[1].splitlines(keepends=True):
            number += 1
            if line.startswith("$ "):
                found.append(Command(line[2:].rstrip("\n"), "", number))
            else:
                found[-1].expected += line
    return found


@dataclass
class Page:
    """A page that is being run."""

    folder: Path
    ports: dict[str, str] = field(default_factory=dict)
    servers: list[Server] = field(default_factory=list)

    def run(self, command: Command) -> str:
        """Run a command and return what it prints: all of it, or of a server as many lines as are expected."""
        line = self.with_free_ports(command.line)
        if SERVES.search(line) and READY in command.expected:
            server = Server(line, self.folder, self.environment())
            self.servers.append(server)
            return self.with_written_ports(server.lines(command.expected.count("\n")))
        result = subprocess.run(
            ["bash", "-c", line],
            cwd=self.folder,
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        return self.with_written_ports(result.stdout)

    def environment(self) -> dict[str, str]:
        """Return the environment of a user who has installed this stubredis, and launched nothing yet."""
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        return {**os.environ, "PATH": path, "XDG_RUNTIME_DIR": str(self.folder)}

    def stop(self) -> list[int]:
        """Stop the servers; return their exit codes."""
        return [server.stop() for server in self.servers]

    def with_free_ports(self, line: str) -> str:
        """Let a command use free ports instead of those that are written, which somebody may use."""
        for port in re.findall(r"(?<=port )\d{4}\b|(?<=-p )\d{4}\b", line):
            self.ports.setdefault(port, str(free_port()))
        self.ports.setdefault("6379", str(free_port()))
        line = re.sub(r"(?<=port |..-p )\d{4}\b", lambda match: self.ports[match[0]], line)
        default = self.ports["6379"]
        if " -p " not in line:
            line = re.sub(r"\b(redis-cli|stubredis ping)\b", rf"\1 -p {default}", line)
        if "--port" not in line:
            line = re.sub(r"\b(stubredis serve)\b", rf"\1 --port {default}", line)
        return line

    def with_written_ports(self, output: str) -> str:
        for written, free in self.ports.items():
            output = output.replace(free, written)
        return output.replace(str(self.folder), HOME)


class Server:
    """A command that runs until the end of the page."""

    def __init__(self, line: str, folder: Path, environ: dict[str, str]) -> None:
        self.process = subprocess.Popen(
            # The shell, too, gets the signal that ends the page, and must wait for the server instead.
            ["bash", "-c", f"trap : TERM; {line}"],
            cwd=folder,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.timer = threading.Timer(SECONDS, self.process.kill)
        self.timer.start()

    def lines(self, count: int) -> str:
        """Return the first lines that it prints; fewer if it ends, or says nothing for too long."""
        assert self.process.stdout is not None
        return "".join(self.process.stdout.readline() for _ in range(count))

    def stop(self) -> int:
        """End it as its user would, and return the exit code."""
        with contextlib.suppress(ProcessLookupError):  # a session has stopped it
            os.killpg(self.process.pid, signal.SIGTERM)
        self.process.communicate(timeout=SECONDS)
        self.timer.cancel()
        return self.process.returncode


def normal(output: str) -> str:
    """Return an output without what changes from run to run."""
    for pattern, words in CHANGING:
        output = pattern.sub(words, output)
    return "\n".join(line.rstrip() for line in output.rstrip().splitlines())
