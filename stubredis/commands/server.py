"""The server itself: what it tells, how it is configured, how it is stopped."""

from __future__ import annotations

import logging

from stubredis.client import Client
from stubredis.command import ADMIN, ALLOW_BUSY, FAST, LOADING, NO_MULTI, NOSCRIPT, STALE, container, group
from stubredis.config import ConfigError
from stubredis.errors import SYNTAX, CommandError, printed, unknown_subcommand
from stubredis.info import info as render_info
from stubredis.parameters import IMMUTABLE, PROTECTED
from stubredis.protocol.replies import NO_REPLY, OK, Reply, Verbatim
from stubredis.rdb.snapshot import SnapshotError
from stubredis.reasons import reason

command = group("server")
container("CONFIG", "server", since="2.0.0", help_since="5.0.0", summary="Read and change the configuration")

logger = logging.getLogger("stubredis")

STEERING = ADMIN | NOSCRIPT | LOADING | STALE


@command("INFO [section [section ...]]", LOADING | STALE, since="1.0.0", categories="dangerous")
def info(client: Client, *sections: bytes) -> Reply:
    """Tell about the server, section by section."""
    if len(sections) > 1 and client.server.emulated.before_7:
        raise CommandError(SYNTAX)
    names = [section.lower().decode("latin-1") for section in sections]
    return Verbatim(render_info(client.server, names).encode())


@command("TIME", LOADING | STALE | FAST, since="2.6.0")
def time(client: Client) -> Reply:
    """Return the time of the server in seconds and microseconds."""
    seconds, microseconds = divmod(client.server.clock.microseconds(), 1_000_000)
    return [b"%d" % seconds, b"%d" % microseconds]


@command(
    "SHUTDOWN [[NOSAVE | SAVE] [NOW] [FORCE] [SAFE] [FAILOVER] | ABORT]",
    STEERING | NO_MULTI | ALLOW_BUSY,
    since="1.0.0",
    newer={"7.0.0": "NOW FORCE ABORT", "valkey-9.0.0": "SAFE FAILOVER"},
)
def shutdown(client: Client, *words: bytes) -> Reply:
    """Stop the server."""
    options = {word.upper() for word in words}
    if not options <= {b"NOSAVE", b"SAVE", b"NOW", b"FORCE", b"SAFE", b"FAILOVER", b"ABORT"} or options >= {
        b"NOSAVE",
        b"SAVE",
    }:
        raise CommandError(SYNTAX)
    if b"ABORT" in options:
        # There is nothing to wait for, so that a shutdown cannot be in progress.
        raise CommandError(SYNTAX if len(options) > 1 else b"ERR No shutdown in progress.")
    scripting = client.server.scripting
    if scripting.busy and b"NOSAVE" not in options:
        raise CommandError(scripting.busy_text)
    if b"SAVE" in options or (client.server.config.save and b"NOSAVE" not in options):
        try:
            client.server.saving.save()
        except (SnapshotError, OSError) as error:
            logger.warning("Error trying to save the DB, can't exit: %s", error)
            if b"FORCE" not in options:
                raise CommandError(b"ERR Errors trying to SHUTDOWN. Check logs.") from None
    client.server.request_stop()
    client.close()
    return NO_REPLY


def only_one(client: Client, words: tuple[bytes, ...], count: int, subcommand: bytes) -> None:
    """Refuse several parameters where the server to stand for takes one."""
    if len(words) != count and client.server.emulated.before_7:
        raise unknown_subcommand("config", subcommand, before_7=True)


def older_refusal(error: ConfigError, words: tuple[bytes, ...]) -> CommandError:
    """Say in the words of Redis 6 why a parameter is not changed."""
    name, value = words
    if error.reason in (ConfigError.UNKNOWN, IMMUTABLE, PROTECTED):
        return CommandError(b"ERR Unsupported CONFIG parameter: %b" % printed(name))
    text = b"ERR Invalid argument '%b' for CONFIG SET '%b' - %b"
    return CommandError(text % (printed(value), printed(name), error.reason.encode()))


@command("CONFIG GET parameter [parameter ...]", STEERING, since="2.0.0", complexity="O(N) for N parameters.")
def config_get(client: Client, *patterns: bytes) -> Reply:
    """Return the parameters that match patterns."""
    only_one(client, patterns, 1, b"GET")
    return client.server.config.get(patterns)


@command(
    "CONFIG SET parameter value [parameter value ...]", STEERING, since="2.0.0", complexity="O(N) for N parameters."
)
def config_set(client: Client, *words: bytes) -> Reply:
    """Change parameters, all of them or none."""
    only_one(client, words, 2, b"SET")
    if len(words) % 2:
        raise CommandError(SYNTAX)
    text = [word.decode("utf-8", "surrogateescape") for word in words]
    try:
        client.server.config.set(list(zip(text[::2], text[1::2], strict=True)), local=client.is_local)
    except ConfigError as error:
        if client.server.emulated.before_7:
            raise older_refusal(error, words) from None
        name = error.name.encode("utf-8", "surrogateescape")
        if error.reason == ConfigError.UNKNOWN:
            raise CommandError(
                b"ERR Unknown option or number of arguments for CONFIG SET - '%b'" % printed(name)
            ) from None
        message = b"ERR CONFIG SET failed (possibly related to argument '%b') - %b"
        raise CommandError(message % (name, error.reason.encode())) from None
    return OK


@command("CONFIG REWRITE", STEERING, since="2.8.0")
def config_rewrite(client: Client) -> Reply:
    """Write the parameters that have changed into the conf file."""
    config = client.server.config
    if not config.file:
        raise CommandError(b"ERR The server is running without a config file")
    try:
        config.rewrite()
    except OSError as error:
        raise CommandError(b"ERR Rewriting config file: %b" % reason(error).encode()) from None
    return OK


@command("CONFIG RESETSTAT", STEERING, since="2.0.0")
def config_resetstat(client: Client) -> Reply:
    """Set the counters of INFO back to zero."""
    client.server.reset_stats()
    return OK
