"""Our own server, in the process of the launcher itself."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from stubredis import event_loop
from stubredis.config import Config, ConfigError
from stubredis.launcher.announcing import announce, forget
from stubredis.launcher.errors import LaunchError
from stubredis.launcher.output import Printer
from stubredis.launcher.pidfile import Record, folder_of
from stubredis.launcher.ports import binds
from stubredis.launcher.probe import Sighting
from stubredis.launcher.settings import Settings
from stubredis.launcher.signals import on_stop
from stubredis.launcher.states import Policy
from stubredis.listening import ListenError
from stubredis.server import Server
from stubredis.serving import LoadError, prepare, save_and_stop, serve
from stubredis.versions import __version__

SAVE_POINTS = "3600 1 300 100 60 10000"
"""When a server saves that is to keep its data: what Redis has by default."""


def run(settings: Settings, policy: Policy, printer: Printer) -> int:
    """Serve until a signal or SHUTDOWN; return the exit code. Raises LaunchError."""
    keep = settings.master_persistence
    folder = folder_of(settings.master, settings.data_folder, keep=keep)
    records: list[Record] = []

    def on_ready(server: Server) -> None:
        on_stop(lambda _: save_and_stop(server), ("SIGHUP",))  # to the others the server listens itself
        pid = os.getpid()
        seen = Sighting("PONG", {"stubredis_version": __version__, "process_id": str(pid)})
        records.append(announce(settings, policy, printer, seen, {"stubredis": pid}))

    here = Path.cwd()
    try:
        config = Config(
            port=settings.master.port,
            bind=binds(settings.master.host),
            requirepass=settings.password,
            dir=str(folder),
            save=SAVE_POINTS if keep else "",
        )
        prepare(config)
        event_loop.run(serve(config, on_ready))
    except ListenError as error:
        raise LaunchError(f"cannot listen on {error.strerror}; choose another port with --port") from None
    except (ConfigError, LoadError) as error:
        raise LaunchError(str(error)) from None
    finally:
        for record in records:
            forget(record)
        os.chdir(here)  # a folder that a process is in cannot be removed on Windows
        if not keep:
            shutil.rmtree(folder, ignore_errors=True)
    return 0
