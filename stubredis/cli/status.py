"""`stubredis status`: tell what has been launched, and whether it answers."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict

from stubredis.cli.mistakes import UsageError
from stubredis.cli.options import Parser, port
from stubredis.launcher import pidfile
from stubredis.launcher.errors import LaunchError
from stubredis.launcher.pidfile import Record
from stubredis.launcher.ports import binds
from stubredis.launcher.probe import ProbeError, look_at
from stubredis.launcher.settings import Address

DESCRIPTION = """\
Tells what this user has launched, a line for each launcher, and whether its server answers. Exit codes: 0 it runs and
answers; 1 nothing runs; 2 a server does not answer, or not yet.
"""

RUNNING, NOTHING, SILENT = range(3)
"""The exit codes."""


def run(words: list[str]) -> int:
    """Print what runs and return the exit code."""
    parser = Parser("status", DESCRIPTION)
    parser.add_argument("--json", action="store_true", help="print an array of objects")
    parser.add_argument("--port", type=port, help="only the launcher of this port")
    options = parser.read(words)
    try:
        records = [record for record in pidfile.alive() if options.port in (None, record.port)]
    except LaunchError as error:
        raise UsageError(str(error)) from None
    answers = asyncio.run(ask_all(records))
    if options.json:
        shown = [
            {**asdict(record), "answers": not problem, "problem": problem}
            for record, problem in zip(records, answers, strict=True)
        ]
        print(json.dumps(shown, indent=1))
    elif not records:
        print(f"nothing runs{f' on port {options.port}' if options.port else ''}")
    else:
        for record, problem in zip(records, answers, strict=True):
            print(line_of(record, problem))
    if not records:
        return NOTHING
    return SILENT if any(answers) else RUNNING


def line_of(record: Record, problem: str) -> str:
    """Return what is printed of one launcher."""
    health = f"does not answer: {problem}" if problem else "answers"
    password = "with a password" if record.password else "no password"
    servers = ", ".join(f"{name} {pid}" for name, pid in record.servers.items() if pid != record.pid)
    where = f" [{record.environment}]" if record.environment else ""
    return (
        f"redis://{record.address} {health} ({record.provider}{where}, {record.product}, {password}); "
        f"launcher {record.pid}{f', {servers}' if servers else ''}"
    )


async def ask_all(records: list[Record]) -> list[str]:
    """Ask all servers at once; return what is wrong with each, nothing if it answers."""
    return await asyncio.gather(*(ask(record.address) for record in records))


async def ask(address: Address) -> str:
    """Ask a server; return what is wrong with it. That it wants a password is an answer."""
    try:
        seen = await look_at(Address(binds(address.host)[0], address.port))
    except ProbeError as error:
        return str(error)
    return "" if seen.is_ready or seen.wants_password else seen.answer
