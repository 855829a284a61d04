"""Why the operating system refused something, in the words that Redis prints: those of the C library."""

from __future__ import annotations

import errno
import os
import sys

SOCKET_WORDS = {
    errno.EADDRINUSE: "Address already in use",
    errno.EADDRNOTAVAIL: "Cannot assign requested address",
    errno.EAFNOSUPPORT: "Address family not supported by protocol",
    errno.ECONNREFUSED: "Connection refused",
    errno.ECONNRESET: "Connection reset by peer",
    errno.EHOSTUNREACH: "No route to host",
    errno.ENETUNREACH: "Network is unreachable",
    errno.ETIMEDOUT: "Connection timed out",
}
"""What the C library of Windows has no words for."""

FIRST_OF_SOCKETS = 10000
"""The first of those."""


def reason(error: OSError) -> str:
    """Say why something failed. Windows itself has a long sentence for each error, in the language of the user."""
    if sys.platform == "win32" and error.winerror and error.errno:
        if words := SOCKET_WORDS.get(error.errno):
            return words
        if error.errno < FIRST_OF_SOCKETS and error.errno != errno.EINVAL:  # which stands for all others
            return os.strerror(error.errno)
    return error.strerror or str(error)
