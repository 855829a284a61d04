"""What a launch tells once the server can be used: the user in one line, other commands in a file."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Sequence

from stubredis.launcher import pidfile
from stubredis.launcher.errors import LaunchError
from stubredis.launcher.output import Printer
from stubredis.launcher.probe import Sighting
from stubredis.launcher.settings import Address, Settings
from stubredis.launcher.states import Policy


def announce(
    settings: Settings,
    policy: Policy,
    printer: Printer,
    seen: Sighting,
    servers: dict[str, int],
    replicas: Sequence[Address] = (),
) -> pidfile.Record:
    """Say how the server is reached, and let other commands find this launcher."""
    password = "with a password" if settings.password else "no password"
    more = f", replicas on port {', '.join(str(replica.port) for replica in replicas)}" if replicas else ""
    record = pidfile.Record(
        pid=os.getpid(),
        started=pidfile.started_at(os.getpid()),
        host=settings.master.host,
        port=settings.master.port,
        provider=settings.provider.value,
        product=seen.product,
        environment=settings.environment,
        password=bool(settings.password),
        servers=servers,
        replicas=[str(address) for address in replicas],
        grace=policy.grace,
    )
    try:
        pidfile.write(record)
    except (OSError, LaunchError) as error:
        # That it cannot be found is no reason not to run.
        printer.say(f"stubredis status and stop will not find this launcher: {error}")
    printer.say(
        f"ready: redis://{settings.master} "
        f"(host {settings.master.host}, port {settings.master.port}, {password}{more}), {seen}"
    )
    return record


def correct(record: pidfile.Record, servers: dict[str, int]) -> None:
    """Let other commands find the processes that have taken the place of others."""
    record.servers = servers
    with contextlib.suppress(OSError, LaunchError):
        pidfile.write(record)


def forget(record: pidfile.Record) -> None:
    """Take back what other commands have been told."""
    with contextlib.suppress(LaunchError):
        pidfile.remove(record)
