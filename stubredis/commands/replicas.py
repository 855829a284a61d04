"""Replication, of which there is none: this server is a master without replicas, and waiting for them ends in vain."""

from __future__ import annotations

from stubredis.arguments import integer, integer_between, timeout_milliseconds
from stubredis.client import Client
from stubredis.command import ADMIN, BLOCKING, FAST, LOADING, NO_ASYNC_LOADING, NOSCRIPT, STALE, group
from stubredis.errors import NOT_POSITIVE, SYNTAX, CommandError
from stubredis.protocol.replies import OK, Block, Reply

command = group("generic")
server_command = group("server")


@command("WAIT numreplicas timeout", BLOCKING, since="3.0.0", categories="connection -keyspace")
def wait(client: Client, numreplicas: bytes, timeout: bytes) -> Reply:
    """Wait until this many replicas have what the connection has written, and tell how many they are."""
    wanted = integer(numreplicas)
    deadline = timeout_milliseconds(timeout, client.server.clock.now())
    return 0 if wanted <= 0 else Block((), deadline, 0)


@command("WAITAOF numlocal numreplicas timeout", BLOCKING, since="7.2.0", categories="connection -keyspace")
def waitaof(client: Client, numlocal: bytes, numreplicas: bytes, timeout: bytes) -> Reply:
    """Wait until what the connection has written is in this many append-only files, and tell in how many it is."""
    local = integer(numlocal)
    if local not in (0, 1):
        raise CommandError(b"ERR value is out of range, value must between 0 and 1")
    wanted = integer_between(numreplicas, 0, 2**63 - 1, NOT_POSITIVE)
    deadline = timeout_milliseconds(timeout, client.server.clock.now())
    if local:
        raise CommandError(b"ERR WAITAOF cannot be used when numlocal is set but appendonly is disabled.")
    return [0, 0] if not wanted else Block((), deadline, [0, 0])


@server_command("ROLE", NOSCRIPT | LOADING | STALE | FAST, since="2.8.12", categories="admin dangerous")
def role(client: Client) -> Reply:
    """Tell that the server is a master, how much it has replicated, and to whom."""
    return [b"master", 0, []]


STEERING = ADMIN | NOSCRIPT | STALE


@server_command("REPLICAOF <host port | NO ONE>", STEERING | NO_ASYNC_LOADING, since="5.0.0")
def replicaof(client: Client, host: bytes, port: bytes) -> Reply:
    """Follow another server, which is refused, or end to do so."""
    if (host.upper(), port.upper()) == (b"NO", b"ONE"):
        return OK
    integer_between(port, 0, 65535, b"ERR Invalid master port")
    raise CommandError(b"ERR This server cannot be a replica")


@server_command(
    "SLAVEOF <host port | NO ONE>", STEERING | NO_ASYNC_LOADING, since="1.0.0", replaced_by="`REPLICAOF`"
)  # fmt: skip
def slaveof(client: Client, host: bytes, port: bytes) -> Reply:
    """Follow another server, which is refused, or end to do so."""
    return replicaof(client, host, port)


@server_command("FAILOVER [TO host port [FORCE]] [ABORT] [TIMEOUT milliseconds]", STEERING, since="6.2.0")
def failover(client: Client, *words: bytes) -> Reply:
    """Let a replica take over, of which there is none."""
    target = milliseconds = None
    aborts = forces = False
    rest = iter(words)
    for word in rest:
        option = word.upper()
        if option == b"TIMEOUT" and milliseconds is None and (value := next(rest, None)) is not None:
            milliseconds = integer(value)
            if milliseconds <= 0:
                raise CommandError(b"ERR FAILOVER timeout must be greater than 0")
        elif option == b"ABORT" and len(words) == 1:
            aborts = True
        elif option == b"TO" and target is None and (host := next(rest, None)) is not None:
            if (port := next(rest, None)) is None:
                raise CommandError(SYNTAX)
            target = host, integer(port)
        elif option == b"FORCE" and not forces:
            forces = True
        else:
            raise CommandError(SYNTAX)
    raise CommandError(b"ERR No failover in progress." if aborts else b"ERR FAILOVER requires connected replicas.")
