"""Whether a port can be had before a server is started on it."""

from __future__ import annotations

import errno
import ipaddress
import os
import socket
import sys

from stubredis.launcher.errors import LaunchError
from stubredis.launcher.settings import Address

LOCAL_NAMES = ("localhost", "ip6-localhost")


def is_loopback(host: str) -> bool:
    """Tell whether a host is this machine, seen from itself only. Names besides localhost are not looked up."""
    if host.lower().rstrip(".") in LOCAL_NAMES:
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def binds(host: str) -> tuple[str, ...]:
    """Return what a server is to listen on to be reached at a host; after - what may be missing.

    Clients that look `localhost` up get one of two addresses, so a server on the usual one listens on both.
    """
    if host.lower().rstrip(".") in LOCAL_NAMES or host == "127.0.0.1":
        return ("127.0.0.1", "-::1")
    return (host,)


def is_free(address: Address) -> bool:
    """Tell whether nobody listens there. Raises LaunchError if nobody can."""
    host = binds(address.host)[0]
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as sock:
        if sys.platform == "win32":
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            sock.bind((host, address.port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE or getattr(error, "winerror", 0) in (10013, 10048):
                return False
            raise LaunchError(f"cannot listen on {address}: {obstacle(error)}") from None
    return True


def obstacle(error: OSError) -> str:
    """Say why nobody can listen at an address, and what to do."""
    if isinstance(error, socket.gaierror) or error.errno == errno.EADDRNOTAVAIL:
        return "it is no address of this machine; choose one with --host"
    if error.errno == errno.EACCES:
        return "this user may not; choose a port above 1023 with --port"
    text = os.strerror(error.errno or 0)
    return f"{text[:1].lower()}{text[1:]}"
