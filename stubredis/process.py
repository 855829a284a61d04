"""The memory of this process and machine, as far as the operating system tells without further tools."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def resident_memory() -> int:
    """Return the bytes of this process that are in memory."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        return peak_memory()
    return pages * os.sysconf("SC_PAGE_SIZE")


def peak_memory() -> int:
    """Return the most memory that this process has had, in bytes; 0 where that is not known, as on Windows."""
    try:
        import resource  # noqa: PLC0415  (not on Windows)
    except ImportError:
        return 0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def system_memory() -> int:
    """Return the bytes of memory of this machine; 0 where that is not known."""
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return 0


def give_back() -> None:
    """Let the C library give free memory back to the operating system, where it can be asked to (glibc)."""
    import ctypes  # noqa: PLC0415  (rarely needed)

    try:
        ctypes.CDLL(None).malloc_trim(0)
    except (AttributeError, OSError, TypeError):
        return
