"""Commands about the connection itself: greeting, authentication, the selected database."""

from __future__ import annotations

from stubredis import errors
from stubredis.arguments import database_number, integer, plain_text
from stubredis.client import Client
from stubredis.command import ALLOW_BUSY, FAST, LOADING, NO_AUTH, NOSCRIPT, NOT_QUEUED, STALE, SUBSCRIBER, group
from stubredis.errors import CommandError
from stubredis.protocol.replies import OK, PONG, Reply, status

command = group("connection")

GREETING = NOSCRIPT | LOADING | STALE | FAST | NO_AUTH | ALLOW_BUSY
RESET = status(b"RESET")

NO_PASSWORD = (
    b"ERR AUTH <password> called without any password configured for the default user. "
    b"Are you sure your configuration is correct?"
)
HELLO_NEEDS_AUTH = (
    b"NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO <proto> "
    b"AUTH <user> <pass> option can be used to authenticate the client and select the RESP protocol version "
    b"at the same time"
)


@command("PING [message]", FAST | SUBSCRIBER, since="1.0.0")
def ping(client: Client, message: bytes | None = None) -> Reply:
    """Answer PONG, or the message."""
    if client.gates and client.in_resp2_subscriber_mode:
        return [b"pong", message or b""]
    return PONG if message is None else message


@command("ECHO message", LOADING | STALE | FAST, since="1.0.0")
def echo(client: Client, message: bytes) -> Reply:
    """Answer the message."""
    return message


@command("SELECT index", LOADING | STALE | FAST | ALLOW_BUSY, since="1.0.0")
def select(client: Client, index: bytes) -> Reply:
    """Use another database from now on."""
    client.db = client.server.keyspace.database(database_number(index))
    return OK


def authenticate(client: Client, username: bytes, password: bytes) -> None:
    """Let a client in as a user. Raises CommandError if name or password are wrong.

    The time it takes tells nothing about the password: a wrong one costs as much as a right one.
    """
    if not client.server.acl.authenticate(client, username, password):
        raise CommandError(errors.WRONG_PASSWORD)


@command("AUTH [username] password", GREETING, since="1.0.0", complexity="O(N) for N passwords of the user.")
def auth(client: Client, *words: bytes) -> Reply:
    """Authenticate the connection."""
    if len(words) > 2:
        raise CommandError(errors.SYNTAX)
    if len(words) == 1 and client.server.acl.default.no_password:
        raise CommandError(NO_PASSWORD)
    username, password = (b"default", words[0]) if len(words) == 1 else words
    authenticate(client, username, password)
    return OK


@command("QUIT", GREETING | NOT_QUEUED | SUBSCRIBER, since="1.0.0")
def quit_(client: Client, *words: bytes) -> Reply:
    """Close the connection once all replies are written."""
    client.close()
    return OK


@command("RESET", GREETING | NOT_QUEUED | SUBSCRIBER, since="6.2.0")
def reset(client: Client) -> Reply:
    """Bring the connection back to the state of a new one."""
    client.reset()
    return RESET


@command("HELLO [protover [AUTH username password] [SETNAME clientname]]", GREETING, since="6.0.0")
def hello(client: Client, protover: bytes | None = None, *words: bytes) -> Reply:
    """Choose the protocol version, optionally authenticate, and tell about the server."""
    version = client.resp
    if protover is not None:
        version = integer(protover, b"ERR Protocol version is not an integer or out of range")
        if version not in (2, 3):
            raise CommandError(errors.NO_PROTO)
    credentials: tuple[bytes, bytes] | None = None
    name: bytes | None = None
    rest = list(words)
    while rest:
        match rest[0].upper(), rest:
            case b"AUTH", [_, username, password, *rest]:
                credentials = (username, password)
            case b"SETNAME", [_, name, *rest]:
                plain_text(name, errors.INVALID_CLIENT_NAME)
            case _:
                raise CommandError(b"ERR Syntax error in HELLO option '%b'" % rest[0])
    if credentials is not None:
        authenticate(client, *credentials)
    if not client.authenticated:
        raise CommandError(HELLO_NEEDS_AUTH)
    if name is not None:
        client.name = name
    client.use_protocol(version)
    emulated = client.server.emulated
    return {
        b"server": emulated.product.encode(),
        b"version": emulated.version.encode(),
        b"proto": version,
        b"id": client.id,
        b"mode": b"standalone",
        b"role": b"master",
        b"modules": [],
    }
