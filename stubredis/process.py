"""The memory of this process and machine, as far as the operating system tells without further tools."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def resident_memory() -> int:
    """Return the bytes of this process that are in memory; where only the most it ever had is known, that."""
    if sys.platform == "win32":
        return int(process_memory_on_windows().resident)
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        return peak_memory()
    return pages * os.sysconf("SC_PAGE_SIZE")


def peak_memory() -> int:
    """Return the most memory that this process has had, in bytes."""
    if sys.platform == "win32":
        return int(process_memory_on_windows().peak)
    import resource  # noqa: PLC0415  (not on Windows)

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def system_memory() -> int:
    """Return the bytes of memory of this machine; 0 where that is not known."""
    if sys.platform == "win32":
        return system_memory_on_windows()
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (ValueError, OSError):
        return 0


def give_back() -> None:
    """Let the C library give free memory back to the operating system, where it can be asked to (glibc)."""
    import ctypes  # noqa: PLC0415  (rarely needed)

    try:
        ctypes.CDLL(None).malloc_trim(0)
    except (AttributeError, OSError, TypeError):
        return


if sys.platform == "win32":
    import ctypes
    from ctypes import wintypes

    class ProcessMemory(ctypes.Structure):
        """PROCESS_MEMORY_COUNTERS."""

        _fields_ = (
            ("size", wintypes.DWORD),
            ("page_faults", wintypes.DWORD),
            ("peak", ctypes.c_size_t),
            ("resident", ctypes.c_size_t),
            ("quotas", ctypes.c_size_t * 4),
            ("pagefile", ctypes.c_size_t * 2),
        )

    class SystemMemory(ctypes.Structure):
        """MEMORYSTATUSEX."""

        _fields_ = (
            ("size", wintypes.DWORD),
            ("load", wintypes.DWORD),
            ("total", ctypes.c_ulonglong),
            ("others", ctypes.c_ulonglong * 6),
        )

    _kernel32 = ctypes.WinDLL("kernel32", use_last_error=True)
    _kernel32.GetCurrentProcess.restype = wintypes.HANDLE
    _kernel32.K32GetProcessMemoryInfo.argtypes = (wintypes.HANDLE, ctypes.POINTER(ProcessMemory), wintypes.DWORD)

    def process_memory_on_windows() -> ProcessMemory:
        """Ask Windows for the memory of this process; all 0 if it does not tell."""
        counters = ProcessMemory(ctypes.sizeof(ProcessMemory))
        _kernel32.K32GetProcessMemoryInfo(_kernel32.GetCurrentProcess(), ctypes.byref(counters), counters.size)
        return counters

    def system_memory_on_windows() -> int:
        """Ask Windows for the memory of this machine; 0 if it does not tell."""
        status = SystemMemory(ctypes.sizeof(SystemMemory))
        _kernel32.GlobalMemoryStatusEx(ctypes.byref(status))
        return int(status.total)
