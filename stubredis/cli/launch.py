"""`stubredis launch`: bring up the server that the configuration names, and keep it up."""

from __future__ import annotations

import io
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from stubredis.cli.mistakes import UsageError
from stubredis.cli.options import Parser, count, port, seconds
from stubredis.launcher.errors import LaunchError
from stubredis.launcher.launching import Options, launch
from stubredis.launcher.output import Printer
from stubredis.launcher.settings import Address, Provider, Settings, SettingsError
from stubredis.launcher.states import Policy

if TYPE_CHECKING:
    import argparse

DESCRIPTION = """\
Brings up the Redis server that the configuration of an environment names: `stub` is stubredis itself, `memurai` is
Memurai, `redis` is redis-server or valkey-server on this machine, or one on another machine that is only watched.
A server that crashes is started again. Runs until it is told to stop (Ctrl-C, SIGTERM, or stubredis stop); a second
Ctrl-C kills.

The options beat the configuration. Exit codes: 0 stopped as told; 1 it could not be started, or was given up; with
--no-restart that of the server, 128+N if signal N ended it; 128+N if it was told to stop by signal N and the server had
to be killed.
"""

VARIABLES = ("NODE_CONFIG_ENV", "NODE_CONFIG_DIR")
PLACES = ("config", "config-settings.json")
"""Any of them shows that there is a configuration; without one, the defaults are what is meant."""


def parser(verb: str, description: str) -> Parser:
    """Return the options that decide what is launched."""
    policy = Policy()
    words = Parser(verb, description)
    words.add_argument("environment", nargs="?", metavar="ENV", help="the environment (NODE_CONFIG_ENV if not given)")
    words.add_argument("--config-dir", metavar="DIR", help="the folder of the configuration")
    words.add_argument("--provider", choices=[provider.value for provider in Provider])
    words.add_argument("--host", help="where the server, or the master, is reached")
    words.add_argument("--port", type=port, help="the port of the server, or of the master")
    words.add_argument("--password", help="empty for none; others may see it in a list of processes, so see the next")
    words.add_argument("--password-file", metavar="FILE", help="a file whose first line is the password")
    words.add_argument("--memurai-path", metavar="PATH", help="memurai.exe, or its folder")
    words.add_argument("--redis-path", metavar="PATH", help="redis-server or valkey-server, or the folder of one")
    words.add_argument("--replicas", type=count, metavar="N", help="how many replicas the master gets")
    words.add_argument("--data-dir", metavar="DIR", help="where servers with persistence keep their data")
    words.add_argument("--use-running", action="store_true", help="use a server that is there already; do not stop it")
    words.add_argument("--no-restart", action="store_true", help="end when the server ends")
    words.add_argument(
        "--grace", type=seconds, default=policy.grace, metavar="SECONDS", help="until a server is killed (%(default)g)"
    )
    words.add_argument(
        "--start-timeout",
        type=seconds,
        default=policy.start,
        metavar="SECONDS",
        help="until a server must be ready that is not loading data (%(default)g)",
    )
    words.add_argument(
        "--hang",
        type=seconds,
        default=policy.hang,
        metavar="SECONDS",
        help="until a server that does not answer is killed and started again; 0: never (%(default)g)",
    )
    return words


def run(words: list[str]) -> int:
    """Launch, and return the exit code when it is over."""
    options = parser("launch", DESCRIPTION).read(words)
    if sys.platform == "win32":  # the encoding of a console may lack letters that servers print
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    try:
        printer = Printer()
        settings = overridden(settings_of(options), options)
        if settings.environment:
            source = "the command line" if options.provider else provider_source(settings)
            printer.say(f"environment {settings.environment}: provider {settings.provider} ({source})")
        policy = Policy(
            grace=options.grace, start=options.start_timeout, hang=options.hang, restart=not options.no_restart
        )
        return launch(settings, Options(policy, use_running=options.use_running), printer)
    except (SettingsError, LaunchError) as error:
        raise UsageError(str(error)) from None


def settings_of(options: argparse.Namespace) -> Settings:
    """Read the configuration, if there is one. Raises SettingsError.

    Where the command line has a password, that of the configuration may be a secret that cannot be read here.
    """
    is_asked_for = options.environment or options.config_dir or any(map(os.environ.get, VARIABLES))
    if not is_asked_for and not any(Path(place).exists() for place in PLACES):
        return Settings()
    from stubredis.launcher.redwood import redis  # noqa: PLC0415  (it needs a library)

    configuration = redis.existing(options.environment, config_dir=options.config_dir)
    return redis.settings_of(configuration, reveal=options.password is None and not options.password_file)


def provider_source(settings: Settings) -> str:
    """Return where the provider was said."""
    keys = ("stubredis.provider", "persistence.redis.provider")
    return next((settings.sources[key] for key in keys if key in settings.sources), "the default")


def overridden(settings: Settings, options: argparse.Namespace) -> Settings:
    """Return the settings with what the command line says otherwise. Raises UsageError."""
    master = settings.master
    changes: dict[str, object] = {
        "provider": Provider(options.provider) if options.provider else None,
        "password": options.password,
        "memurai_path": options.memurai_path,
        "redis_path": options.redis_path,
        "replica_count": options.replicas,
        "data_folder": options.data_dir,
        "master": Address(options.host or master.host, options.port or master.port),
    }
    if options.password_file:
        try:
            text = Path(options.password_file).read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
            raise UsageError(f"cannot read the password file {options.password_file}: {reason}") from None
        changes["password"] = next(iter(text.splitlines()), "")
    if settings.replicas == master:
        changes["replicas"] = changes["master"]
    return replace(settings, **{name: value for name, value in changes.items() if value is not None})  # type: ignore[arg-type]
