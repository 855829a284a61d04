"""Write docs/commands.md from the command table. With --check only tell whether it is up to date."""

from __future__ import annotations

import sys
import tomllib
from itertools import groupby
from pathlib import Path

import stubredis.commands  # noqa: F401  (declares all commands)
from stubredis.command import REGISTRY, Command

TARGET = Path(__file__).parent / "commands.md"
NOT_COMPARED = tomllib.loads((Path(__file__).parent / "not_compared.toml").read_text())

HEAD = """\
# Commands

Generated from the command table by `python docs/generate.py`. A command that is not listed answers Redis' error for an
unknown command. `since` is the version of Redis, or of Valkey where only Valkey has the command, that brought it.
What is not compared follows the manual, for none of the real servers in the tests has it.
"""

TITLES = {
    "bitmap": "Bitmaps",
    "connection": "Connection",
    "generic": "Keys",
    "geo": "Geospatial indexes",
    "hash": "Hashes",
    "hyperloglog": "HyperLogLog",
    "list": "Lists",
    "module": "Vector sets",
    "pubsub": "Publish and subscribe",
    "server": "Server",
    "set": "Sets",
    "sorted-set": "Sorted sets",
    "stream": "Streams",
    "string": "Strings",
    "transactions": "Transactions",
}


def generate() -> str:
    """Return the text of docs/commands.md."""
    commands = sorted(REGISTRY.values(), key=lambda command: (command.group, command.name))
    parts = [HEAD]
    for group, members in groupby(commands, key=lambda command: command.group):
        rows = [row(command) for command in members if not is_container(command)]
        parts.append(f"\n## {TITLES.get(group, group.capitalize())}\n\n| command | since | |\n|---|---|---|\n")
        parts += rows
    return "".join(parts)


def is_container(command: Command) -> bool:
    """Tell whether a command has nothing but its subcommands."""
    return command.maximum == 0


def row(command: Command) -> str:
    usage = command.usage.line.replace("|", "\\|")
    return f"| `{usage}` | {command.since} | {command.summary}{remark(command)} |\n"


def remark(command: Command) -> str:
    """Say what of a command is not compared with real servers."""
    if command.name in NOT_COMPARED["commands"]:
        return " (not compared)"
    options = NOT_COMPARED["options"].get(command.name)
    return f" ({', '.join(options)}: not compared)" if options else ""


def main() -> int:
    """Write the file, or with --check compare it; the exit code is 1 if it is not up to date."""
    text = generate()
    if sys.argv[1:] == ["--check"]:
        if TARGET.read_text() == text:
            return 0
        print("docs/commands.md is not up to date: run python docs/generate.py", file=sys.stderr)
        return 1
    TARGET.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
