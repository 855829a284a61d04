"""`stubredis stop`: end what has been launched."""

from __future__ import annotations

import os
import signal
import sys

from stubredis.cli.mistakes import UsageError
from stubredis.cli.options import Parser, port, seconds
from stubredis.launcher import pidfile
from stubredis.launcher.errors import LaunchError
from stubredis.launcher.pidfile import Record

DESCRIPTION = """\
Ends a launcher of this user with its servers, and returns when they are gone. Servers that were not launched but found
stay. Exit codes: 0 it is gone; 1 there was none, or it is not gone in time.
"""

SPARE = 5.0
"""Seconds that a launcher has on top of the grace period of its servers."""


def run(words: list[str]) -> int:
    """Stop launchers and return the exit code."""
    parser = Parser("stop", DESCRIPTION)
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--port", type=port, help="the launcher of this port; needed if there are several")
    which.add_argument("--all", action="store_true", help="all launchers of this user")
    parser.add_argument(
        "--timeout", type=seconds, metavar="SECONDS", help="as long as its grace period and 5 s if not given"
    )
    options = parser.read(words)
    try:
        records = [record for record in pidfile.alive() if options.port in (None, record.port)]
    except LaunchError as error:
        raise UsageError(str(error)) from None
    if not records:
        print(f"nothing runs{f' on port {options.port}' if options.port else ''}", file=sys.stderr)
        return 1
    if len(records) > 1 and not options.all:
        ports = ", ".join(str(record.port) for record in records)
        raise UsageError(f"there are {len(records)} launchers, on the ports {ports}: say which with --port, or --all")
    for record in records:
        ask(record)
    code = 0
    for record in records:
        patience = record.grace + SPARE if options.timeout is None else options.timeout
        if pidfile.wait_until_gone(record, patience):
            print(f"stopped the launcher of {record.address}, pid {record.pid}")
        else:
            print(
                f"the launcher of {record.address}, pid {record.pid}, is not gone after {patience:g} s", file=sys.stderr
            )
            code = 1
    return code


def ask(record: Record) -> None:
    """Ask a launcher to end. Raises UsageError."""
    try:
        if sys.platform == "win32":
            from stubredis.launcher import windows  # noqa: PLC0415  (there only)

            if not windows.ask_to_stop(record.pid):
                os.kill(record.pid, signal.SIGTERM)  # it is beyond listening; its job takes its servers with it
        else:
            os.kill(record.pid, signal.SIGTERM)
    except ProcessLookupError:
        return
    except OSError as error:
        raise UsageError(f"cannot stop the launcher of {record.address}, pid {record.pid}: {error.strerror}") from None
