"""SLOWLOG and COMMANDLOG: the requests that took long, were large, or had a large reply."""

from __future__ import annotations

from stubredis.arguments import integer_between
from stubredis.client import Client
from stubredis.command import ADMIN, LOADING, STALE, container, group
from stubredis.commandlog import CommandLog
from stubredis.errors import CommandError, wrong_subcommand
from stubredis.protocol.replies import OK, Reply

command = group("server")
container("SLOWLOG", "server", since="2.2.12", help_since="6.2.0", summary="Look at the slow requests")
container(
    "COMMANDLOG", "server",
    since="valkey-8.1.0", help_since="valkey-8.1.0",
    summary="Look at requests that were slow or large, or had a large reply",
)  # fmt: skip

LOG = ADMIN | LOADING | STALE
NEWEST = 10
BAD_COUNT = b"ERR count should be greater than or equal to -1"


def log_of(client: Client, kind: bytes) -> CommandLog:
    """Return one of the logs of a server."""
    log = client.server.timing.log(kind.upper())
    if log is None:
        raise CommandError(b"ERR type should be one of the following: slow, large-request, large-reply")
    return log


def number_of(count: bytes) -> int:
    """Read how many requests are wanted."""
    return integer_between(count, -1, 2**63 - 1, BAD_COUNT)


def newest(log: CommandLog, number: int) -> Reply:
    """Return the newest requests of a log."""
    return [[each.id, each.second, each.measure, each.words, each.address, each.name] for each in log.newest(number)]


@command("SLOWLOG GET [count]", LOG, since="2.2.12", complexity="O(N) where N is the number of requests returned")
def slowlog_get(client: Client, *words: bytes) -> Reply:
    """Return the newest slow requests, ten of them or as many as wanted; all for -1."""
    if len(words) > 1:
        raise wrong_subcommand("SLOWLOG", "GET")
    return newest(client.server.timing.slow, number_of(words[0]) if words else NEWEST)


@command("SLOWLOG LEN", LOG, since="2.2.12")
def slowlog_len(client: Client) -> Reply:
    """Count the slow requests that are kept."""
    return len(client.server.timing.slow)


@command("SLOWLOG RESET", LOG, since="2.2.12", complexity="O(N) where N is the number of requests in the log")
def slowlog_reset(client: Client) -> Reply:
    """Forget the slow requests."""
    client.server.timing.slow.clear()
    return OK


@command(
    "COMMANDLOG GET count <SLOW | LARGE-REQUEST | LARGE-REPLY>", LOG,
    since="valkey-8.1.0", complexity="O(N) where N is the number of requests returned",
)  # fmt: skip
def commandlog_get(client: Client, count: bytes, kind: bytes) -> Reply:
    """Return the newest requests of a log; all for -1."""
    number = number_of(count)
    return newest(log_of(client, kind), number)


@command("COMMANDLOG LEN <SLOW | LARGE-REQUEST | LARGE-REPLY>", LOG, since="valkey-8.1.0")
def commandlog_len(client: Client, kind: bytes) -> Reply:
    """Count the requests of a log."""
    return len(log_of(client, kind))


@command(
    "COMMANDLOG RESET <SLOW | LARGE-REQUEST | LARGE-REPLY>", LOG,
    since="valkey-8.1.0", complexity="O(N) where N is the number of requests in the log",
)  # fmt: skip
def commandlog_reset(client: Client, kind: bytes) -> Reply:
    """Forget the requests of a log."""
    log_of(client, kind).clear()
    return OK
