"""What is on this machine for a launch, what is wrong with it, and how it is mended."""

from __future__ import annotations

import asyncio
import contextlib
import importlib.metadata
import importlib.util
import platform
import sys
import tempfile
from collections.abc import Iterator
from typing import NamedTuple

from stubredis.launcher import pidfile, ports
from stubredis.launcher.errors import LaunchError
from stubredis.launcher.probe import ProbeError, look_at
from stubredis.launcher.providers import addresses, is_external
from stubredis.launcher.providers.memurai import program as find_memurai
from stubredis.launcher.providers.programs import find, in_path, version_of
from stubredis.launcher.providers.redis import PROGRAMS
from stubredis.launcher.settings import Address, Provider, Settings
from stubredis.versions import __version__

LIBRARIES = {
    "hiredis": "without it the server does not work",
    "lupa": "scripts (EVAL, FCALL; BullMQ needs them) do not work without it",
    "greenlet": "scripts (EVAL, FCALL; BullMQ needs them) do not work without it",
    "ruamel.yaml": "configurations in YAML cannot be read without it",
}
"""What the server and the launcher import, and what is missing without it."""


class Finding(NamedTuple):
    """One thing that was looked at."""

    what: str
    is_fine: bool = True
    cure: str = ""
    """How it is mended, if it is not fine."""

    def __str__(self) -> str:
        return f"{'ok   ' if self.is_fine else 'WRONG'} {self.what}" + (f"\n      -> {self.cure}" if self.cure else "")


def examine(settings: Settings) -> Iterator[Finding]:
    """Look at everything, one after the other."""
    yield Finding(f"stubredis {__version__}, Python {platform.python_version()}, {platform.platform(terse=True)}")
    yield from libraries()
    yield from programs(settings)
    yield from folders()
    yield from launchers()
    yield from places(settings)


def libraries() -> Iterator[Finding]:
    """Look at the libraries that are imported when they are needed."""
    for name, consequence in LIBRARIES.items():
        try:
            present = importlib.util.find_spec(name) is not None
            version = importlib.metadata.version(name) if present else ""
        except (ImportError, importlib.metadata.PackageNotFoundError):
            present, version = False, ""
        if present:
            yield Finding(f"{name} {version}")
        else:
            yield Finding(f"{name} is missing: {consequence}", False, "python -m pip install 'stubredis[all]'")


def programs(settings: Settings) -> Iterator[Finding]:
    """Look for the servers; only the one that the configuration names must be there."""
    is_needed = settings.provider is Provider.REDIS and not is_external(settings)
    found = {name: path for name in PROGRAMS if (path := in_path(name))}
    if settings.redis_path or (is_needed and not found):
        try:
            found["the redis-server of the configuration"] = find(
                "redis-server", PROGRAMS, settings.redis_path, "--redis-path"
            )
        except LaunchError as error:
            yield Finding(str(error), False, "install Redis or Valkey (docs/providers.md), or launch --provider stub")
    for path in dict.fromkeys(found.values()):
        try:
            yield Finding(f"{version_of(path)}: {path}")
        except LaunchError as error:
            yield Finding(str(error), False, "remove it from PATH, or name another one with --redis-path")
    if not found and not is_needed:
        yield Finding("no redis-server or valkey-server in PATH; none is needed")
    try:
        yield Finding(f"Memurai: {find_memurai(settings)}")
    except LaunchError as error:
        if settings.provider is Provider.MEMURAI:
            yield Finding(str(error), False, "install it (docs/providers.md), or launch --provider stub")
        else:
            yield Finding("no Memurai; none is needed")


def folders() -> Iterator[Finding]:
    """Try whether the folder for files of launchers can be written to."""
    try:
        path = pidfile.runtime_folder()
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path):
            yield Finding(f"files of launchers: {path}")
    except (OSError, LaunchError) as error:
        cure = "set LOCALAPPDATA" if sys.platform == "win32" else "set XDG_RUNTIME_DIR"
        yield Finding(f"files of launchers cannot be written: {error}", False, f"{cure} to a folder of yours")


def launchers() -> Iterator[Finding]:
    """Look at what launchers have told, and whether they are still there."""
    try:
        files = pidfile.files()
    except LaunchError:
        return  # which has been found already
    for path in files:
        record = pidfile.read(path)
        if record is None:
            yield Finding(f"{path} is no file of a launcher", False, f"remove {path}")
        elif not record.is_alive:
            yield Finding(
                f"{path} is left from a launcher that was killed, pid {record.pid}",
                False,
                f"remove {path}",
            )
        else:
            yield from server_of(record)


def server_of(record: pidfile.Record) -> Iterator[Finding]:
    """Ask the server of a launcher that runs."""
    what = f"launched on {record.address}: {record.provider}, launcher {record.pid}"
    try:
        seen = look(record.address)
    except ProbeError as error:
        yield Finding(f"{what}, does not answer: {error}", False, f"stubredis stop --port {record.port}")
    else:
        yield Finding(f"{what}, {seen}")


def places(settings: Settings) -> Iterator[Finding]:
    """Look who is where the configuration wants its servers."""
    launched: set[str] = set()
    with contextlib.suppress(LaunchError):
        launched = {str(record.address) for record in pidfile.alive()}
    if is_external(settings):
        try:
            yield Finding(f"{settings.master} is on another machine: {look(settings.master, settings.password)}")
        except ProbeError as error:
            yield Finding(
                f"{settings.master} is on another machine, and cannot be reached: {error}",
                False,
                "start it, or correct persistence.redis.master",
            )
        return
    for address in addresses(settings):
        if str(address) in launched:
            continue
        try:
            if ports.is_free(address):
                yield Finding(f"{address} is free")
                continue
            who = look(address, settings.password)
            yield Finding(
                f"{address} is served by {who}",
                False,
                "stop it, launch with --port, or adopt it with launch --use-running",
            )
        except LaunchError as error:
            yield Finding(str(error), False, "choose another address with --host and --port")
        except ProbeError as error:
            yield Finding(
                f"{address} is served by something that is no Redis ({error})", False, "stop it, or launch with --port"
            )


def look(address: Address, password: str = "") -> str:
    """Say who serves an address. Raises ProbeError."""
    return str(asyncio.run(look_at(Address(ports.binds(address.host)[0], address.port), password)))
