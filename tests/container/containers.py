"""Containers for the tests, run by Podman as a service container would be, and always removed."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from typing import Any, Self

from tests.container.image import IMAGE, settings

STRICT = ("--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges")
"""No container of ours needs more than that."""

SECONDS = 60
"""After which a program that hangs is ended, and the test fails."""

Result = subprocess.CompletedProcess[str]


def podman(*words: str) -> Result:
    """Run Podman; it says nothing of its own troubles with a machine that has no systemd."""
    return subprocess.run(
        ["podman", "--log-level", "fatal", *words],
        env=settings(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )


def run_once(*words: str, options: Sequence[str] = ()) -> Result:
    """Run a container to its end. `options` are those of the container, `words` its arguments."""
    return podman("run", "--rm", "--network", "none", *STRICT, *options, IMAGE, *words)


class Container:
    """A running container whose server is ready."""

    def __init__(self, *words: str, options: Sequence[str] = (), network: str = "none") -> None:
        started = podman("run", "--detach", "--network", network, *STRICT, *options, IMAGE, *words)
        assert started.returncode == 0, started.stderr
        self.id = started.stdout.strip()
        # Follows the log to the line that tools wait for, or to the end if the server does not start.
        follower = subprocess.Popen(
            ["podman", "--log-level", "fatal", "logs", "--follow", self.id],
            env=settings(), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )  # fmt: skip
        assert follower.stdout is not None
        lines = []
        for line in follower.stdout:
            lines.append(line)
            if "Ready to accept connections" in line:
                break
        follower.terminate()
        follower.stdout.close()
        follower.wait()
        if not lines or "Ready to accept connections" not in lines[-1]:
            told = self.logs()
            self.remove()
            raise AssertionError(f"the container is not ready: {told.stdout}{told.stderr}")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.remove()

    def remove(self) -> None:
        """End it at once and forget it."""
        podman("rm", "--force", "--time", "0", self.id)

    def exec(self, *words: str, user: str = "") -> Result:
        """Run a program in it."""
        return podman("exec", *(["--user", user] if user else []), self.id, *words)

    def cli(self, *words: str) -> str:
        """Return what redis-cli prints in it."""
        result = self.exec("redis-cli", *words)
        assert result.returncode == 0, result.stderr
        return result.stdout.removesuffix("\n")

    def logs(self) -> Result:
        """Return what it has logged so far."""
        return podman("logs", self.id)

    def inspect(self) -> dict[str, Any]:
        """Return everything that Podman knows about it."""
        found: dict[str, Any] = json.loads(podman("inspect", self.id).stdout)[0]
        return found

    def healthy(self) -> bool:
        """Ask for its health, as an engine does every second."""
        return podman("healthcheck", "run", self.id).returncode == 0

    def stop(self) -> int:
        """Ask it to end, and return its exit code."""
        podman("stop", "--time", "10", self.id)
        return int(self.inspect()["State"]["ExitCode"])
