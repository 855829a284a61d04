"""What the launcher needs of Windows itself. Imported there only."""

from __future__ import annotations

import ctypes
import sys
import threading
from collections.abc import Callable
from ctypes import wintypes

assert sys.platform == "win32"

KILL_ON_JOB_CLOSE = 0x2000
EXTENDED_LIMIT_INFORMATION = 9
QUERY_INFORMATION = 0x0400
QUERY_LIMITED_INFORMATION = 0x1000
EVENT_MODIFY_STATE = 0x0002
SYNCHRONIZE = 0x0010_0000
INFINITE = 0xFFFF_FFFF
WAIT_TIMEOUT = 0x102

kernel32 = ctypes.WinDLL("kernel32", use_last_error=True)
for _name, _result in (
    ("CreateJobObjectW", wintypes.HANDLE),
    ("GetCurrentProcess", wintypes.HANDLE),
    ("OpenProcess", wintypes.HANDLE),
    ("CreateEventW", wintypes.HANDLE),
    ("OpenEventW", wintypes.HANDLE),
    ("WaitForSingleObject", wintypes.DWORD),
):
    getattr(kernel32, _name).restype = _result


class BasicLimits(ctypes.Structure):
    """JOBOBJECT_BASIC_LIMIT_INFORMATION."""

    _fields_ = [
        ("PerProcessUserTimeLimit", ctypes.c_int64),
        ("PerJobUserTimeLimit", ctypes.c_int64),
        ("LimitFlags", wintypes.DWORD),
        ("MinimumWorkingSetSize", ctypes.c_size_t),
        ("MaximumWorkingSetSize", ctypes.c_size_t),
        ("ActiveProcessLimit", wintypes.DWORD),
        ("Affinity", ctypes.c_size_t),
        ("PriorityClass", wintypes.DWORD),
        ("SchedulingClass", wintypes.DWORD),
    ]


class ExtendedLimits(ctypes.Structure):
    """JOBOBJECT_EXTENDED_LIMIT_INFORMATION."""

    _fields_ = [
        ("BasicLimitInformation", BasicLimits),
        ("IoInfo", ctypes.c_uint64 * 6),
        ("ProcessMemoryLimit", ctypes.c_size_t),
        ("JobMemoryLimit", ctypes.c_size_t),
        ("PeakProcessMemoryUsed", ctypes.c_size_t),
        ("PeakJobMemoryUsed", ctypes.c_size_t),
    ]


def enter_job() -> int:
    """Put this process into a job that ends with it, before it has children: they are born into the job.

    Raises OSError. The handle is never closed: that the system closes it is the point.
    """
    job = wintypes.HANDLE(kernel32.CreateJobObjectW(None, None))
    limits = ExtendedLimits()
    limits.BasicLimitInformation.LimitFlags = KILL_ON_JOB_CLOSE
    size = ctypes.sizeof(limits)
    if (
        not job.value
        or not kernel32.SetInformationJobObject(job, EXTENDED_LIMIT_INFORMATION, ctypes.byref(limits), size)
        or not kernel32.AssignProcessToJobObject(job, wintypes.HANDLE(kernel32.GetCurrentProcess()))
    ):
        raise ctypes.WinError(ctypes.get_last_error())
    return job.value


def in_job(job: int, pid: int) -> bool:
    """Tell whether a process is in a job."""
    # Less would do for Windows, but not for wine.
    process = wintypes.HANDLE(kernel32.OpenProcess(QUERY_INFORMATION, False, pid))
    if not process.value:
        return False
    try:
        answer = wintypes.BOOL()
        done = kernel32.IsProcessInJob(process, wintypes.HANDLE(job), ctypes.byref(answer))
        return bool(done and answer.value)
    finally:
        kernel32.CloseHandle(process)


def started_at(pid: int) -> str:
    """Return when a process was started, as the system counts; empty if it does not run."""
    process = wintypes.HANDLE(kernel32.OpenProcess(QUERY_LIMITED_INFORMATION | SYNCHRONIZE, False, pid))
    if not process.value:
        return ""
    try:
        times = [wintypes.FILETIME() for _ in range(4)]
        if kernel32.WaitForSingleObject(process, 0) != WAIT_TIMEOUT:
            return ""  # it has ended, and somebody still holds a handle
        if not kernel32.GetProcessTimes(process, *map(ctypes.byref, times)):
            return ""
        return str(times[0].dwHighDateTime << 32 | times[0].dwLowDateTime)
    finally:
        kernel32.CloseHandle(process)


def _event_name(pid: int) -> str:
    return f"Local\\stubredis-stop-{pid}"


def on_stop(pid: int, stop: Callable[[], None]) -> None:
    """Call a function, in a thread of its own, when another process has asked this one to stop.

    Windows has no signal for that. Raises OSError.
    """
    event = wintypes.HANDLE(kernel32.CreateEventW(None, True, False, _event_name(pid)))
    if not event.value:
        raise ctypes.WinError(ctypes.get_last_error())

    def wait() -> None:
        kernel32.WaitForSingleObject(event, INFINITE)
        stop()

    threading.Thread(target=wait, name="stop", daemon=True).start()


def ask_to_stop(pid: int) -> bool:
    """Ask a launcher to stop; tell whether it listens."""
    event = wintypes.HANDLE(kernel32.OpenEventW(EVENT_MODIFY_STATE, False, _event_name(pid)))
    if not event.value:
        return False
    try:
        return bool(kernel32.SetEvent(event))
    finally:
        kernel32.CloseHandle(event)
