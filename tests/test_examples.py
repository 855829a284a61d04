"""The examples, as far as they can be run on one machine: what their steps do, and that all agree with the project."""

from __future__ import annotations

import ast
import contextlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from stubredis import __version__
from stubredis.container.entrypoint import configure
from tests.processes import free_port

EXAMPLES = Path(__file__).parent.parent / "examples"
IMAGE = f"registry.example.com/stubredis:{__version__}"

posix = pytest.mark.skipif(sys.platform == "win32", reason="bash and its background jobs")


def load(name: str) -> dict:
    return next(iter(YAML(typ="safe").load_all((EXAMPLES / name).read_text())))


def step(steps: list[dict], name: str) -> str:
    """Return what a step of a workflow runs."""
    return str(next(step["run"] for step in steps if step.get("name") == name))


def run_step(script: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a step as a runner of GitHub does; the server that it leaves behind ends with the test."""
    programs = folder / "bin"
    programs.mkdir(exist_ok=True)
    program = programs / "stubredis"
    # Notes its number, so that the test can end it.
    program.write_text(f'#!/bin/sh\necho $$ >>"$RUNNER_TEMP/pids"\nexec {sys.executable} -m stubredis "$@"\n')
    program.chmod(0o755)
    bash = shutil.which("bash")
    assert bash is not None
    return subprocess.run(
        [bash, "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
        env={**os.environ, "PATH": f"{programs}:{os.environ['PATH']}", "RUNNER_TEMP": str(folder), **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def stop_all(folder: Path) -> None:
    for pid in (folder / "pids").read_text().split():
        with contextlib.suppress(ProcessLookupError):
            os.kill(int(pid), 15)


def ping(port: int, password: str = "") -> str:
    command = [sys.executable, "-m", "stubredis", "ping", "-p", str(port)]
    environment = {**os.environ, "REDISCLI_AUTH": password}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False).stdout.strip()


@posix
def test_the_action(tmp_path: Path) -> None:
    action = load("github-actions/stubredis/action.yml")
    output = tmp_path / "output"
    port = free_port()
    try:
        result = run_step(
            step(action["runs"]["steps"], "Start stubredis"),
            tmp_path,
            PORT=str(port),
            REDISCLI_AUTH="secret",
            OPTIONS="--databases 4 --emulate redis-7.2",
            GITHUB_OUTPUT=str(output),
        )
        assert (result.returncode, result.stderr) == (0, "")
        outputs = dict(line.split("=", 1) for line in output.read_text().splitlines())
        assert outputs == {"url": f"redis://:secret@localhost:{port}/0", "log": f"{tmp_path}/stubredis-{port}.log"}
        assert set(outputs) == set(action["outputs"])
        assert ping(port, "secret") == "PONG"
        assert ping(port).startswith("NOAUTH")
    finally:
        stop_all(tmp_path)


@posix
def test_the_action_without_a_password_or_options(tmp_path: Path) -> None:
    script = step(load("github-actions/stubredis/action.yml")["runs"]["steps"], "Start stubredis")
    output = tmp_path / "output"
    port = free_port()
    try:
        environment = {"PORT": str(port), "REDISCLI_AUTH": "", "OPTIONS": "", "GITHUB_OUTPUT": str(output)}
        assert run_step(script, tmp_path, **environment).returncode == 0
        assert f"url=redis://localhost:{port}/0\n" in output.read_text()
        assert ping(port) == "PONG"
    finally:
        stop_all(tmp_path)


@posix
def test_the_action_shows_why_the_server_does_not_start(tmp_path: Path) -> None:
    script = step(load("github-actions/stubredis/action.yml")["runs"]["steps"], "Start stubredis")
    environment = {"PORT": str(free_port()), "REDISCLI_AUTH": "", "OPTIONS": "--prot 1", "GITHUB_OUTPUT": os.devnull}
    result = run_step(script.replace("--timeout 30", "--timeout 0.1"), tmp_path, **environment)
    assert result.returncode == 1


@posix
def test_the_two_lines(tmp_path: Path) -> None:
    script = step(load("github-actions/step.yml")["jobs"]["tests"]["steps"], "Start stubredis")
    port = free_port()
    script = script.replace("stubredis serve", f"stubredis serve --port {port}")
    script = script.replace("stubredis wait", f"stubredis wait --port {port}")
    try:
        assert run_step(script, tmp_path).returncode == 0
        assert ping(port) == "PONG"
        assert "Ready to accept connections" in (tmp_path / "stubredis.log").read_text()
    finally:
        stop_all(tmp_path)


def test_the_variables_and_arguments_of_services_are_understood() -> None:
    services = [
        service for job in load("github-actions/service.yml")["jobs"].values() for service in job["services"].values()
    ]
    for job in load("gitlab/.gitlab-ci.yml").values():
        services += job["services"]
    assert len(services) == 5
    for service in services:
        assert service.get("image", service.get("name")) == IMAGE
        configure(service.get("command", []), service.get("env", service.get("variables", {})))
    configure(load("compose/compose.yaml")["services"]["redis"]["command"], {})


def test_the_image_has_one_name_everywhere() -> None:
    for path in EXAMPLES.rglob("*"):
        if path.is_file() and path.suffix in (".yml", ".yaml", ".py", ".mjs"):
            for line in path.read_text().splitlines():
                assert "registry.example.com" not in line or IMAGE in line, f"{path}: {line}"


def test_python_is_python() -> None:
    for path in EXAMPLES.rglob("*.py"):
        ast.parse(path.read_text(), str(path))
