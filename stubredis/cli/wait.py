"""`stubredis wait`: return when a server can be used."""

from __future__ import annotations

import asyncio
import os
import sys

from stubredis.cli.options import Parser, port, seconds
from stubredis.launcher.ports import binds
from stubredis.launcher.probe import ProbeError, look_at
from stubredis.launcher.settings import DEFAULT_PORT, Address

DESCRIPTION = """\
Returns when a server answers PING with PONG, however it was started: for scripts that launch one in the background.
Without a password, that the server wants one is answer enough. Exit codes: 0 it can be used; 1 not in time, or the
password is wrong.
"""

FIRST_LOOK, LONGEST_LOOK = 0.02, 0.5
"""Seconds between two looks, more and more."""


def run(words: list[str]) -> int:
    """Wait for a server and return the exit code."""
    parser = Parser("wait", DESCRIPTION)
    parser.add_argument("--host", default="127.0.0.1", help="(%(default)s)")
    parser.add_argument("--port", type=port, default=DEFAULT_PORT, help="(%(default)s)")
    parser.add_argument("--password", help="may also be in the environment variable REDISCLI_AUTH")
    parser.add_argument("--timeout", type=seconds, default=30.0, metavar="SECONDS", help="(%(default)g)")
    options = parser.read(words)
    password = os.environ.get("REDISCLI_AUTH", "") if options.password is None else options.password
    address = Address(binds(options.host)[0], options.port)
    problem = asyncio.run(until_usable(address, password, options.timeout))
    if problem:
        print(f"stubredis: {Address(options.host, options.port)} cannot be used: {problem}", file=sys.stderr)
        return 1
    return 0


async def until_usable(address: Address, password: str, patience: float) -> str:
    """Wait for a server; return what is wrong if it is in vain."""
    clock = asyncio.get_running_loop().time
    deadline = clock() + patience
    pause = FIRST_LOOK
    while True:
        try:
            seen = await look_at(address, password)
        except ProbeError as error:
            problem = str(error)
        else:
            if seen.is_ready or (seen.wants_password and not password):
                return ""
            problem = seen.answer
            if seen.wants_password:
                return problem  # waiting makes no wrong password right
        left = deadline - clock()
        if left <= 0:
            return f"{problem} (after {patience:g} s)"
        await asyncio.sleep(min(pause, left))
        pause = min(pause * 1.5, LONGEST_LOOK)
