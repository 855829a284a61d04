"""Node.js for the tests: packages that are installed as a lock file names them, and scripts that are run among them."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.programs import path_of


def install_packages(folder: Path) -> None:
    """Install the packages of a folder beside its scripts, unless that was done for this very list of packages."""
    wanted, installed = folder / "package-lock.json", folder / "node_modules" / ".package-lock.json"
    if installed.exists() and installed.stat().st_mtime >= wanted.stat().st_mtime:
        return
    command = [path_of("node and npm"), "ci", "--no-audit", "--no-fund", "--ignore-scripts"]
    result = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    installed.touch()


def run_script(script: Path, *arguments: str, seconds: float = 60) -> tuple[int | str, str]:
    """Run a script, whose checks are node's own tests, and return how it ended and what it printed."""
    command = ["node", "--test-reporter=spec", script.name, *arguments]
    with subprocess.Popen(
        command, cwd=script.parent, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8"
    ) as node:
        try:
            output, _ = node.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            node.kill()
            return f"hung for {seconds} s", node.communicate()[0]
    return node.returncode, output
