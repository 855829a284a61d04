"""An application as a whole: a BullMQ queue, whose every step is a script in Lua."""

import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from benchmarks.servers import ROOT, Program, running
from benchmarks.wire import RequestError

SCRIPT = Path(__file__).with_suffix(".mjs")
PACKAGES = ROOT / "tests" / "applications" / "node"


@dataclass(frozen=True)
class Jobs:
    """What a number of jobs took."""

    count: int
    added: float
    processed: float
    cpu: float

    @property
    def rates(self) -> dict[str, float]:
        """Jobs a second: of each half, and through both."""
        return {
            "add": self.count / self.added,
            "process": self.count / self.processed,
            "add and process": self.count / (self.added + self.processed),
        }

    @property
    def cpu_micros(self) -> float:
        """CPU of the server for a job, through both halves."""
        return self.cpu / self.count * 1e6


def missing() -> str | None:
    """What has to be there first, in words; nothing where all is."""
    if shutil.which("node") is None:
        return "node is not in PATH"
    if not (PACKAGES / "node_modules" / "bullmq").exists():
        return f"the packages are not installed: npm ci --ignore-scripts in {PACKAGES.relative_to(ROOT)}"
    return None


def measure(program: Program, count: int) -> Jobs:
    """Add jobs to a fresh server, 50 at a time, and let one worker process them, 50 at a time."""
    with running(program) as server:
        command = ["node", str(SCRIPT), str(PACKAGES), str(server.port), str(count)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8") as node:
            assert node.stdin is not None
            assert node.stdout is not None
            node.stdout.readline()
            before = server.cpu()
            node.stdin.write("\n")
            node.stdin.flush()
            figures = node.stdout.readline()
            cpu = server.cpu() - before
        if node.returncode:
            raise RequestError(f"{program.name}: {SCRIPT.name} failed")
    return Jobs(count, cpu=cpu, **json.loads(figures))
