"""Our own server, in the process of the launcher itself."""

from __future__ import annotations

import asyncio
import os

from stubredis import log
from stubredis.config import Config, ConfigError
from stubredis.launcher.announcing import announce, forget
from stubredis.launcher.errors import LaunchError
from stubredis.launcher.output import Printer
from stubredis.launcher.pidfile import Record
from stubredis.launcher.ports import binds
from stubredis.launcher.probe import Sighting
from stubredis.launcher.settings import Settings
from stubredis.launcher.signals import on_stop
from stubredis.launcher.states import Policy
from stubredis.listening import ListenError
from stubredis.server import Server
from stubredis.serving import keep_collections_short, serve
from stubredis.versions import __version__


def run(settings: Settings, policy: Policy, printer: Printer) -> int:
    """Serve until a signal or SHUTDOWN; return the exit code. Raises LaunchError."""
    try:
        config = Config(port=settings.master.port, bind=binds(settings.master.host), requirepass=settings.password)
    except ConfigError as error:
        raise LaunchError(str(error)) from None
    log.set_up(config.loglevel, config.logfile)
    keep_collections_short()
    records: list[Record] = []

    def on_ready(server: Server) -> None:
        on_stop(lambda _: server.request_stop(), ("SIGHUP",))  # to the others the server listens itself
        pid = os.getpid()
        seen = Sighting("PONG", {"stubredis_version": __version__, "process_id": str(pid)})
        records.append(announce(settings, policy, printer, seen, {"stubredis": pid}))

    try:
        asyncio.run(serve(config, on_ready))
    except ListenError as error:
        raise LaunchError(f"cannot listen on {error.strerror}; choose another port with --port") from None
    finally:
        for record in records:
            forget(record)
    return 0
