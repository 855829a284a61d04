"""Asking a server a few things over a connection of one's own, without a client library."""

from __future__ import annotations

import socket
import ssl
import sys
from collections.abc import Sequence

TIMEOUT = 5.0
"""Seconds after which a server is given up that does not answer."""

Address = str | tuple[str, int]
"""The path of a unix socket, or host and port."""


def ask(address: Address, requests: Sequence[Sequence[str]], context: ssl.SSLContext | None = None) -> str:
    """Send requests one after the other; return the first error, or the last answer if it is a simple one.

    Raises OSError.
    """
    with connect(address, context) as connection, connection.makefile("rwb") as stream:
        answer = ""
        for request in requests:
            stream.write(b"*%d\r\n" % len(request))
            for word in request:
                stream.write(b"$%d\r\n%b\r\n" % (len(word.encode()), word.encode()))
            stream.flush()
            line = stream.readline().decode(errors="replace").strip()
            if not line:
                return "the server closed the connection"
            answer = line[1:]
            if line.startswith("-"):
                break
    return answer


def connect(address: Address, context: ssl.SSLContext | None) -> socket.socket:
    """Connect to a server. Raises OSError."""
    host = address[0] if isinstance(address, tuple) else None
    if isinstance(address, tuple):
        connection = socket.create_connection(address, TIMEOUT)
    elif sys.platform == "win32":
        raise OSError(None, "unix sockets are not available on Windows")
    else:
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(TIMEOUT)
    try:
        if isinstance(address, str):
            connection.connect(address)
        if context is None:
            return connection
        return context.wrap_socket(connection, server_hostname=host)
    except BaseException:
        connection.close()
        raise
