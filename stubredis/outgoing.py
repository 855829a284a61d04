"""Requests that the server itself sends to another server, over a connection opened for them."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

CHUNK = 64 * 1024
"""So much is written at once, and each chunk has the whole timeout."""

CONNECTING, WRITING, READING = b"connecting to the client", b"writing to target instance", b"reading to target instance"
"""What may fail, worded as Redis words it in the errors of MIGRATE."""

Done = Callable[[list[bytes], bytes], None]
"""Called with the lines of the answers, and with what has failed, nothing if all of them came."""


async def exchange(
    host: str,
    port: int,
    request: bytes,
    answers: int,
    seconds: float,
    context: ssl.SSLContext | None = None,
    source: str = "",
) -> tuple[list[bytes], bytes]:
    """Send requests and return the lines of their answers, which are simple ones, and what has failed.

    Connecting, each chunk and each line may take so many seconds. With a context the connection is one over TLS.
    `source` is the address to connect from.
    """
    lines: list[bytes] = []
    step = CONNECTING
    try:
        async with asyncio.timeout(seconds):
            origin = (source, 0) if source else None
            reader, writer = await asyncio.open_connection(host, port, ssl=context, local_addr=origin)
        try:
            step = WRITING
            for start in range(0, len(request), CHUNK):
                writer.write(request[start : start + CHUNK])
                async with asyncio.timeout(seconds):
                    await writer.drain()
            step = READING
            while len(lines) < answers:
                async with asyncio.timeout(seconds):
                    lines.append((await reader.readuntil(b"\r\n"))[:-2])
        finally:
            writer.close()
    except (OSError, EOFError, ValueError, OverflowError, asyncio.LimitOverrunError):
        # No server there, a timeout, an end too early; or a host or port that cannot be one, an endless line.
        return lines, step
    return lines, b""
