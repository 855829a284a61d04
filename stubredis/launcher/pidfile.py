"""What launchers that run tell of themselves: a file each, in a folder of this user."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path

from stubredis.files import replace_file
from stubredis.launcher.errors import LaunchError
from stubredis.launcher.settings import Address

LOOK = 0.05
"""Seconds between two looks whether a launcher is gone."""


@dataclass
class Record:
    """A launcher, and the server that it has brought up."""

    pid: int
    started: str
    """The launcher's start as the system counts it: another process with the same number has another one."""
    host: str
    port: int
    provider: str
    product: str = ""
    environment: str = ""
    password: bool = False
    """Whether there is one; never the password itself."""
    servers: dict[str, int] = field(default_factory=dict)
    """The processes of the servers that it has started, by their names."""
    replicas: list[str] = field(default_factory=list)
    grace: float = 10.0

    @property
    def address(self) -> Address:
        return Address(self.host, self.port)

    @property
    def is_alive(self) -> bool:
        return bool(self.started) and started_at(self.pid) == self.started


def runtime_folder() -> Path:
    """Return the folder for what lasts as long as a process, which no other user can write to. Raises LaunchError."""
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or tempfile.gettempdir()) / "stubredis"
    folder = os.environ.get("XDG_RUNTIME_DIR", "")
    if folder and os.access(folder, os.W_OK):  # a shell of another user may have taken the variable along
        return Path(folder) / "stubredis"
    path = Path(tempfile.gettempdir()) / f"stubredis-{os.getuid()}"
    with contextlib.suppress(OSError):
        path.mkdir(mode=0o700)
    try:
        status = path.lstat()
    except OSError:
        return path
    if status.st_uid != os.getuid() or path.is_symlink():
        raise LaunchError(f"{path} belongs to somebody else; set XDG_RUNTIME_DIR to a folder of yours")
    return path


def name_of(address: Address) -> str:
    """Return how files of a server are named."""
    return f"{address.host.replace(':', '.')}-{address.port}"


def file_of(address: Address) -> Path:
    """Return where the launcher of a server tells of itself."""
    return runtime_folder() / f"{name_of(address)}.json"


def write(record: Record) -> None:
    """Tell of a launcher. Raises OSError."""
    path = file_of(record.address)
    path.parent.mkdir(parents=True, exist_ok=True)
    replace_file(path, json.dumps(asdict(record), indent=1).encode() + b"\n")


def read(path: Path) -> Record | None:
    """Read what a launcher has told; None if it is no such file, or half of one."""
    try:
        return Record(**json.loads(path.read_bytes()))
    except (OSError, ValueError, TypeError):
        return None


def remove(record: Record) -> None:
    """Take back what a launcher has told, unless another one has told something meanwhile."""
    path = file_of(record.address)
    found = read(path)
    if found is not None and (found.pid, found.started) == (record.pid, record.started):
        with contextlib.suppress(OSError):
            path.unlink()


def files() -> list[Path]:
    """Return the files of all launchers of this user, alive or not."""
    return sorted(runtime_folder().glob("*.json"))


def alive() -> list[Record]:
    """Return the launchers that run, those with the lower ports first."""
    records = [record for path in files() if (record := read(path)) is not None and record.is_alive]
    return sorted(records, key=lambda record: record.port)


def started_at(pid: int) -> str:
    """Return when a process was started, in a form that is only good for comparing; empty if it does not run.

    A zombie does not run.
    """
    if sys.platform == "win32":
        from stubredis.launcher import windows  # noqa: PLC0415  (there only)

        return windows.started_at(pid)
    if Path("/proc/self/stat").exists():
        try:
            fields = Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()
            boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        except OSError:
            return ""
        return "" if fields[0] in "ZX" else f"{boot} {fields[19]}"
    shown = subprocess.run(
        ["ps", "-o", "stat=,lstart=", "-p", str(pid)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "LC_ALL": "C"},
    ).stdout.strip()
    state, _, start = shown.partition(" ")
    return "" if state.startswith("Z") else start.strip()


def wait_until_gone(record: Record, patience: float) -> bool:
    """Wait for the end of a launcher; tell whether it came in time. It is not our child, so it has to be looked for."""
    deadline = time.monotonic() + patience
    while record.is_alive:
        if time.monotonic() > deadline:
            return False
        time.sleep(LOOK)
    return True


def fresh_folder(address: Address) -> Path:
    """Return an empty folder for a server that is to keep nothing. Raises LaunchError.

    The folders of launchers that were killed are removed.
    """
    path = runtime_folder() / f"{name_of(address)}-{os.getpid()}"
    for old in runtime_folder().glob(f"{name_of(address)}-*"):
        pid = old.name.rpartition("-")[2]
        if old == path or (pid.isdigit() and not started_at(int(pid))):
            shutil.rmtree(old, ignore_errors=True)
    try:
        path.mkdir(mode=0o700, parents=True)
    except OSError as error:
        raise LaunchError(f"cannot make the folder {path}: {error.strerror}") from None
    return path


def data_folder() -> Path:
    """Return the folder for data that are to outlive the servers."""
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Application Support"
    else:
        base = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    return base / "stubredis"


def folder_of(address: Address, chosen: str, *, keep: bool) -> Path:
    """Return where a server runs: in the user's folder for data if it keeps them, or else in an empty one.

    Raises LaunchError.
    """
    if not keep:
        return fresh_folder(address)
    path = (Path(chosen).absolute() if chosen else data_folder()) / name_of(address)
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise LaunchError(f"cannot make the folder {path}: {error.strerror}") from None
    return path
