"""What must be true of every declared command."""

from __future__ import annotations

import inspect
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import stubredis.commands  # noqa: F401  (declares all commands)
from stubredis.command import REGISTRY, Command

ROOT = Path(__file__).parent.parent
COMMANDS = [command for command in REGISTRY.values() if command.maximum]  # all but bare containers
DIFFERENTIAL = "\n".join(path.read_text() for path in sorted((ROOT / "tests" / "differential").glob("test_*.py")))
BY_THE_MANUAL = "\n".join(path.read_text() for path in sorted((ROOT / "tests" / "commands").glob("test_*.py")))
NOT_COMPARED = tomllib.loads((ROOT / "docs" / "not_compared.toml").read_text())
"""What no real server has; tests/differential/test_introspection.py sees to it that this stays true."""


def named(command: Command) -> str:
    return command.name


@pytest.mark.parametrize("command", COMMANDS, ids=named)
def test_declaration_is_complete(command: Command) -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+", command.since)
    assert command.summary, "the first line of the docstring is the summary"
    assert not command.summary.endswith("."), "COMMAND DOCS and the docs add what they need"
    assert command.complexity


@pytest.mark.parametrize("command", COMMANDS, ids=named)
def test_signature_accepts_the_declared_arity(command: Command) -> None:
    handler = command.handler
    if "|" in command.name:  # called through a function that drops the subcommand's name
        handler = inspect.getclosurevars(handler).nonlocals["handler"]
    signature = inspect.signature(handler)
    names = 2 if "|" in command.name else 1
    fewest = command.minimum - names
    signature.bind(object(), *[b""] * fewest)
    if command.usage.maximum is not None:
        signature.bind(object(), *[b""] * (command.usage.maximum - names))
    if command.maximum != sys.maxsize:
        with pytest.raises(TypeError):
            signature.bind(object(), *[b""] * (command.maximum - names + 1))


@pytest.mark.parametrize("command", COMMANDS, ids=named)
def test_is_compared_with_a_real_server(command: Command) -> None:
    words = command.name.upper().split("|")
    if words[-1] == "HELP" or words == ["COMMAND"]:  # the texts are our own; the table is compared as a whole
        return
    if command.name in NOT_COMPARED["commands"]:
        return
    pattern = '"' + r'",\s*"'.join(map(re.escape, words)) + '"'
    assert re.search(pattern, DIFFERENTIAL, re.IGNORECASE), "no differential test names it"


@pytest.mark.parametrize("name", NOT_COMPARED["commands"])
def test_what_is_not_compared_is_tested_by_the_manual(name: str) -> None:
    assert name in REGISTRY
    assert re.search(rf'b"{name} ', BY_THE_MANUAL, re.IGNORECASE), "no test in tests/commands names it"


@pytest.mark.parametrize(("name", "options"), NOT_COMPARED["options"].items())
def test_options_that_are_not_compared_are_tested_by_the_manual(name: str, options: list[str]) -> None:
    for option in options:
        assert option in re.findall(r"[^][<>|\s]+", REGISTRY[name].usage.line)
        assert re.search(rf'b"{name} .*\b{option}\b', BY_THE_MANUAL, re.IGNORECASE), (
            "no test in tests/commands names it"
        )


def test_list_of_commands_is_up_to_date() -> None:
    result = subprocess.run(
        [sys.executable, ROOT / "docs" / "generate.py", "--check"],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])},
    )
    assert result.returncode == 0, result.stderr
