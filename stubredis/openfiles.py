"""How many files this process may open, which limits how many clients it can serve."""

from __future__ import annotations

import logging
import sys

RESERVED = 32
"""Files that are none of a client: listeners, the log, the event loop's own."""

logger = logging.getLogger("stubredis")


def allow_clients(wanted: int) -> int:
    """Raise the limit of open files if so many clients need it; return how many can be served, at most `wanted`."""
    if sys.platform == "win32":  # where nothing limits the sockets of a process
        return wanted
    import resource  # noqa: PLC0415  (not on Windows)

    needed = wanted + RESERVED
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= needed:
        return wanted
    possible = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (possible, hard))
    except (OSError, ValueError):
        possible = soft
    if possible >= needed:
        return wanted
    allowed = max(possible - RESERVED, 1)
    logger.warning(
        "You requested maxclients of %d requiring at least %d max file descriptors. Current maximum open files is %d. "
        "If you need higher maxclients increase 'ulimit -n'.",
        wanted,
        needed,
        possible,
    )
    return allowed
