"""Memurai, a Redis for Windows, as a program in the foreground: never as the service that its setup may install."""

from __future__ import annotations

import os
from pathlib import Path

from stubredis.launcher.errors import LaunchError
from stubredis.launcher.pidfile import folder_of
from stubredis.launcher.process import Plan
from stubredis.launcher.providers.programs import find
from stubredis.launcher.providers.redis import common, passwords, reached_at
from stubredis.launcher.settings import Settings

PROGRAMS = ("memurai",)

LIFETIME = 10 * 86400.0
"""Seconds after which the Developer Edition ends by itself."""

LICENCE = (
    r"licen[cs]e.*(expired|invalid|not found|missing|cannot|can't|could not|failed|no )"
    r"|(invalid|expired|missing|cannot|no valid|failed).*licen[cs]e"
)

HINTS = (
    (
        LICENCE,
        "it has no valid licence: memurai.exe must stay in the folder of its installation, beside the licence file",
    ),
    ("permission denied|access is denied", "may this user use the port and the folder?"),
)


def folders() -> list[Path]:
    """Return where the setup puts it."""
    roots = [os.environ.get(name) for name in ("ProgramFiles", "ProgramW6432")]
    return [Path(root) / "Memurai" for root in dict.fromkeys(roots) if root] or [Path(r"C:\Program Files\Memurai")]


def program(settings: Settings) -> str:
    """Find Memurai. Raises LaunchError."""
    source = settings.sources.get("persistence.redis.memurai.path", "")
    setting = f"persistence.redis.memurai.path{f' in {source}' if source else ''}, or --memurai-path"
    try:
        return find("Memurai", PROGRAMS, settings.memurai_path, setting, folders())
    except LaunchError as error:
        raise LaunchError(f"{error}; docs/providers.md tells how to install it") from None


def plan(settings: Settings) -> Plan:
    """Return how it is started. Raises LaunchError."""
    path = program(settings)
    address = settings.master
    keep = settings.master_persistence
    folder = folder_of(address, settings.data_folder, keep=keep)
    arguments = common(address, keep=keep)
    secrets = passwords(settings.password)
    secrets_file = folder / "passwords.conf" if secrets else None
    if secrets_file:
        arguments.insert(0, str(secrets_file))
    return Plan(
        "memurai",
        path,
        tuple(arguments),
        reached_at(address),
        folder,
        settings.password,
        secrets,
        secrets_file,
        keeps_data=keep,
        lifetime=LIFETIME,
        hints=HINTS,
    )
