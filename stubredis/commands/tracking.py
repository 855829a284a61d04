"""CLIENT TRACKING and its relatives: which keys a client is told of, so that it may keep copies of their values."""

from __future__ import annotations

from collections.abc import Iterable

from stubredis.arguments import integer
from stubredis.client import TRACKING, Client
from stubredis.command import ALLOW_BUSY, LOADING, NOSCRIPT, STALE, group
from stubredis.errors import SYNTAX, CommandError
from stubredis.protocol.replies import OK, Distinct, Reply
from stubredis.tracking import Mode

command = group("connection")

ANYTIME = NOSCRIPT | LOADING | STALE
SELF = ANYTIME | ALLOW_BUSY


@command(
    "CLIENT TRACKING <ON | OFF> [REDIRECT client-id] [PREFIX prefix [PREFIX prefix ...]] [BCAST] [OPTIN] [OPTOUT]"
    " [NOLOOP]",
    ANYTIME,
    since="6.0.0",
    complexity="O(1). Some options may introduce additional complexity.",
)
def tracking(client: Client, on: bytes, *words: bytes) -> Reply:
    """Tell this client of the changes of the keys it has read, or of keys with certain prefixes."""
    mode, prefixes = read_mode(client, words)
    match on.upper():
        case b"ON":
            check(client.tracking, mode, prefixes)
            client.server.tracking.start(client, mode, prefixes)
            client.set_gate(TRACKING, not mode.broadcast)
        case b"OFF":
            client.server.stop_tracking(client)
        case _:
            raise CommandError(SYNTAX)
    return OK


def read_mode(client: Client, words: Iterable[bytes]) -> tuple[Mode, list[bytes]]:
    """Read the options of CLIENT TRACKING."""
    mode = Mode()
    prefixes: list[bytes] = []
    rest = list(words)
    while rest:
        match rest[0].upper(), rest:
            case b"REDIRECT", [_, word, *rest]:
                if mode.redirect:
                    raise CommandError(b"ERR A client can only redirect to a single other client")
                mode.redirect = integer(word)
                if mode.redirect not in client.server.clients:
                    raise CommandError(b"ERR The client ID you want redirect to does not exist")
            case b"PREFIX", [_, prefix, *rest]:
                prefixes.append(prefix)
            case b"BCAST", [_, *rest]:
                mode.broadcast = True
            case b"OPTIN", [_, *rest]:
                mode.opt_in = True
            case b"OPTOUT", [_, *rest]:
                mode.opt_out = True
            case b"NOLOOP", [_, *rest]:
                mode.no_loop = True
            case _:
                raise CommandError(SYNTAX)
    return mode, prefixes


def check(old: Mode | None, new: Mode, prefixes: list[bytes]) -> None:
    """Refuse options that contradict one another, or how the client tracks now."""
    if prefixes and not new.broadcast:
        raise CommandError(b"ERR PREFIX option requires BCAST mode to be enabled")
    if old is not None and old.broadcast != new.broadcast:
        raise CommandError(
            b"ERR You can't switch BCAST mode on/off before disabling tracking for this client, and then re-enabling "
            b"it with a different mode."
        )
    if new.broadcast and (new.opt_in or new.opt_out):
        raise CommandError(b"ERR OPTIN and OPTOUT are not compatible with BCAST")
    if new.opt_in and new.opt_out:
        raise CommandError(b"ERR You can't specify both OPTIN mode and OPTOUT mode")
    if old is not None and ((new.opt_in and old.opt_out) or (new.opt_out and old.opt_in)):
        raise CommandError(
            b"ERR You can't switch OPTIN/OPTOUT mode before disabling tracking for this client, and then re-enabling "
            b"it with a different mode."
        )
    check_overlaps(old, prefixes)


def check_overlaps(old: Mode | None, prefixes: list[bytes]) -> None:
    """Refuse prefixes of which one begins with another: their keys would be told of twice."""
    existing = sorted(old.prefixes) if old is not None else []
    for place, prefix in enumerate(prefixes):
        for others, what in ((existing, b"an existing"), (prefixes[place + 1 :], b"another provided")):
            for other in others:
                if prefix.startswith(other) or other.startswith(prefix):
                    raise CommandError(
                        b"ERR Prefix '%b' overlaps with %b prefix '%b'. Prefixes for a single client must not overlap."
                        % (prefix, what, other)
                    )


@command("CLIENT CACHING <YES | NO>", SELF, since="6.0.0")
def caching(client: Client, answer: bytes) -> Reply:
    """Let the keys of the next request be tracked, or not be tracked."""
    mode = client.tracking
    if mode is None:
        raise CommandError(
            b"ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or OPTOUT mode "
            b"enabled"
        )
    match answer.upper():
        case b"YES":
            if not mode.opt_in:
                raise CommandError(b"ERR CLIENT CACHING YES is only valid when tracking is enabled in OPTIN mode.")
        case b"NO":
            if not mode.opt_out:
                raise CommandError(b"ERR CLIENT CACHING NO is only valid when tracking is enabled in OPTOUT mode.")
        case _:
            raise CommandError(SYNTAX)
    mode.caching = True
    return OK


@command("CLIENT GETREDIR", SELF, since="6.0.0")
def getredir(client: Client) -> Reply:
    """Return the number of the client that gets the messages of this one: 0 for itself, -1 for none."""
    return -1 if client.tracking is None else client.tracking.redirect


@command("CLIENT TRACKINGINFO", ANYTIME, since="6.2.0")
def trackinginfo(client: Client) -> Reply:
    """Tell how this client tracks keys."""
    mode = client.tracking
    if mode is None:
        return {b"flags": Distinct([b"off"]), b"redirect": -1, b"prefixes": []}
    flags = (
        (b"on", True),
        (b"bcast", mode.broadcast),
        (b"optin", mode.opt_in),
        (b"caching-yes", mode.opt_in and mode.caching),
        (b"optout", mode.opt_out),
        (b"caching-no", mode.opt_out and mode.caching),
        (b"noloop", mode.no_loop),
        (b"broken_redirect", mode.broken),
    )
    return {
        b"flags": Distinct([flag for flag, shown in flags if shown]),
        b"redirect": mode.redirect,
        b"prefixes": sorted(mode.prefixes),
    }
