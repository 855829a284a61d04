"""The command line: one module for each verb, and the choice between them."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence

from stubredis.cli.mistakes import UsageError

USAGE = """\
stubredis: a Redis-compatible server

  stubredis serve [FILE] [--OPTION VALUE ...]   run the server (see: stubredis serve --help)
  stubredis ping [-h HOST] [-p PORT] ...        ask a server whether it is there (see: stubredis ping --help)
  stubredis launch [ENV] [--OPTION VALUE ...]   bring up what a configuration names (see: stubredis launch --help)
  stubredis status [--json]                     tell what has been launched, and whether it answers
  stubredis stop [--port PORT | --all]          end what has been launched
  stubredis wait [--timeout SECONDS]            return when a server can be used
  stubredis doctor [ENV]                        look for what may be wrong on this machine
  stubredis config [ENV] ...                    print what a Redwood configuration says of Redis
  stubredis redwood init ENV ...                write an environment that points the backend at a local server
  stubredis --version
"""

VERBS = ("serve", "ping", "launch", "status", "stop", "wait", "doctor", "config", "redwood")
"""Each is the module that runs it: its function `run` takes the words behind the verb and returns the exit code."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit code: 0, that of the verb, or 1 with one line on the standard error."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        match words:
            case [] | ["-h" | "--help" | "help"]:
                print(USAGE, end="")
                return 0
            case ["-v" | "--version"]:
                from stubredis.cli import version  # noqa: PLC0415  (reads what is installed, which takes longer than a start)

                print(version.line())
                return 0
            case [verb, *rest] if verb in VERBS:
                # Imported when it is asked for: each verb needs a part of the package only.
                code: int = importlib.import_module(f"stubredis.cli.{verb}").run(rest)
                return code
            case [verb, *_]:
                raise UsageError(f"unknown command '{verb}'; see: stubredis --help")
    except (UsageError, OSError) as error:
        print(f"stubredis: {error}", file=sys.stderr)
    except KeyboardInterrupt:
        return 130  # where there was nothing yet to end in order
    return 1
