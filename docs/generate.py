"""Write docs/commands.md and docs/configuration.md from their tables; with --check only compare them."""

from __future__ import annotations

import sys
import tomllib
from itertools import groupby
from pathlib import Path
from typing import Any

import stubredis.commands  # noqa: F401  (declares all commands)
from stubredis.command import REGISTRY, Command
from stubredis.config import TABLE, Parameter
from stubredis.parameters import IMMUTABLE, PROTECTED

TARGET = Path(__file__).parent / "commands.md"
CONFIGURATION = Path(__file__).parent / "configuration.md"
NOT_COMPARED = tomllib.loads((Path(__file__).parent / "not_compared.toml").read_text())

HEAD = """\
# Commands

Generated from the command table by `python docs/generate.py`. A command that is not listed answers Redis' error for an
unknown command. `since` is the version of Redis, or of Valkey where only Valkey has the command, that brought it.
What is not compared follows the manual, for none of the real servers in the tests has it.
"""

CONFIGURATION_HEAD = """\
# Configuration

Generated from the table of parameters by `python docs/generate.py`. They are set in a conf file, on the command line as
`--name value`, or by CONFIG SET. An unknown one is an error that names file and line. CONFIG REWRITE writes what has
changed back into the conf file. A conf file may also have `include` and `rename-command`; `loadmodule` only leaves a
warning in the log, for there are no modules.
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


def generate_configuration() -> str:
    """Return the text of docs/configuration.md."""
    parts = [CONFIGURATION_HEAD]
    for title, effect in (("With an effect", True), ("Only known: accepted, kept and reported", False)):
        parts.append(f"\n## {title}\n\n| parameter | default | CONFIG SET | |\n|---|---|---|---|\n")
        shown = [parameter for parameter in TABLE.values() if parameter.effect == effect and not parameter.hidden]
        parts += map(parameter_row, sorted(shown, key=lambda parameter: parameter.name))
    return "".join(parts)


def parameter_row(parameter: Parameter[Any]) -> str:
    default = "the current one" if parameter.name == "dir" else parameter.kind.format(parameter.default)
    changeable = {"": "yes", IMMUTABLE: "no", PROTECTED: "protected"}[parameter.refusal]
    alias = f" Also `{parameter.alias}`." if parameter.alias else ""
    return f"| `{parameter.name}` | {default and f'`{default}`'} | {changeable} | {parameter.summary}.{alias} |\n"


def main() -> int:
    """Write the files, or with --check compare them; the exit code is 1 if one is not up to date."""
    texts = {TARGET: generate(), CONFIGURATION: generate_configuration()}
    if sys.argv[1:] != ["--check"]:
        for target, text in texts.items():
            target.write_text(text)
        return 0
    for target, text in texts.items():
        if not target.exists() or target.read_text() != text:
            print(f"docs/{target.name} is not up to date: run python docs/generate.py", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
