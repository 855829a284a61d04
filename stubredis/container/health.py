"""Whether the server of this container answers, whatever port it was told to use.

The image runs this file as a script. Where the server listens is not asked of the environment or of its arguments,
since a .conf file or CONFIG SET may have changed it, but of the kernel: which sockets belong to processes of ours.
"""

from __future__ import annotations

import re
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

TIMEOUT = 2.0
"""Seconds that a server has to answer."""

LISTENS = "0A"
"""The state of a socket that listens, as the kernel writes it."""

Address = tuple[str, int] | str
"""Host and port, or the path of a unix socket."""

proc = Path("/proc")


def main() -> int:
    """Return 0 if a server of this container answers, otherwise 1 with one line on the standard output."""
    found = sorted(listeners(), key=str)
    for address in found:
        if answers(address):
            print("healthy")
            return 0
    print("unhealthy: " + (f"no answer from {', '.join(map(shown, found))}" if found else "nothing listens"))
    return 1


def listeners() -> Iterator[Address]:
    """Yield where the server listens: the first of our processes that listens anywhere is the server."""
    for process in sorted(int(folder.name) for folder in proc.iterdir() if folder.name.isdigit()):
        sockets = set(sockets_of(process))
        found = [address for address, number in listening(process) if number in sockets]
        if found:
            yield from found
            return


def sockets_of(process: int) -> Iterator[str]:
    """Yield the numbers of the sockets that a process has open, none of a process that is not ours."""
    try:
        files = list((proc / str(process) / "fd").iterdir())
    except OSError:
        return
    for file in files:
        try:
            target = str(file.readlink())
        except OSError:
            continue  # closed meanwhile
        if match := re.fullmatch(r"socket:\[(\d+)\]", target):
            yield match[1]


def listening(process: int) -> Iterator[tuple[Address, str]]:
    """Yield each address at which somebody in the network of a process listens, and the number of the socket."""
    for name, family in (("tcp", socket.AF_INET), ("tcp6", socket.AF_INET6)):
        for row in rows(process, name):
            if row[3] == LISTENS:
                host, port = row[1].split(":")
                yield (reachable(network_address(host, family)), int(port, 16)), row[9]
    for row in rows(process, "unix"):
        if len(row) > 7 and row[5] == "01" and row[3] == "00010000":
            yield row[7], row[6]


def rows(process: int, name: str) -> Iterator[list[str]]:
    """Yield the fields of each row of a table of sockets; it is empty where the kernel has no such family."""
    try:
        table = (proc / str(process) / "net" / name).read_text()
    except OSError:
        return
    yield from (line.split() for line in table.splitlines()[1:])


def network_address(digits: str, family: socket.AddressFamily) -> str:
    """Read an address as the kernel writes it: words of 32 bits, each in the order of this machine's bytes."""
    words = [int(digits[start : start + 8], 16) for start in range(0, len(digits), 8)]
    return socket.inet_ntop(family, b"".join(word.to_bytes(4, sys.byteorder) for word in words))


def reachable(host: str) -> str:
    """Return an address to connect to, which all addresses are not."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)


def answers(address: Address) -> bool:
    """Tell whether a server answers PING there.

    Any reply will do: that it wants a password says enough. So does a connection that the server closes, as it does
    on a port for TLS; one that hangs does neither.
    """
    try:
        if isinstance(address, str):
            connection = socket.socket(socket.AF_UNIX)
        else:
            connection = socket.socket(socket.AF_INET6 if ":" in address[0] else socket.AF_INET)
        with connection:
            connection.settimeout(TIMEOUT)
            connection.connect(address)
            connection.sendall(b"PING\r\n")
            connection.recv(64)
    except ConnectionResetError:
        return True
    except OSError:
        return False
    return True


def shown(address: Address) -> str:
    """Print an address as people write it."""
    if isinstance(address, str):
        return address
    host, port = address
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


if __name__ == "__main__":
    sys.exit(main())
