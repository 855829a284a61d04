"""Transactions: requests are queued after MULTI and executed in one go by EXEC, unless a watched key changed.

Dispatch queues them; it calls those of these commands at once that are flagged NOT_QUEUED.
"""

from __future__ import annotations

from stubredis.client import IN_TRANSACTION, Client
from stubredis.command import ALLOW_BUSY, FAST, LOADING, NO_MULTI, NOSCRIPT, NOT_QUEUED, STALE, group
from stubredis.dispatch import call, refuse
from stubredis.errors import EXEC_ABORT, CommandError
from stubredis.protocol.encoder import RESP2, RESP3
from stubredis.protocol.replies import NULL_ARRAY, OK, Block, Raw, Reply

command = group("transactions")

ANYTIME = NOSCRIPT | LOADING | STALE | FAST | ALLOW_BUSY


@command("MULTI", ANYTIME | NO_MULTI | NOT_QUEUED, since="1.2.0")
def multi(client: Client) -> Reply:
    """Start a transaction: further commands are queued until EXEC."""
    if client.in_transaction:
        raise CommandError(b"ERR MULTI calls can not be nested")
    client.set_gate(IN_TRANSACTION, True)
    return OK


@command(
    "EXEC",
    NOSCRIPT | LOADING | STALE | NOT_QUEUED,
    since="1.2.0",
    complexity="Depends on commands in the transaction",
)
def exec_(client: Client) -> Reply:
    """Execute the queued commands of a transaction."""
    if not client.in_transaction:
        raise CommandError(b"ERR EXEC without MULTI")
    queue, aborted = client.queue, client.queue_aborted
    failed = client.watch_failed or watched_key_expired(client)
    client.end_transaction()
    if aborted:
        raise CommandError(EXEC_ABORT)
    if failed:
        return NULL_ARRAY
    pieces = Raw([b"*%d\r\n" % len(queue)])
    scripting = client.server.scripting
    log = client.server.acl.log
    log.context = "multi"
    client.may_block = False
    scripting.patient = True
    try:
        for queued, argv in queue:
            refusal = refuse(client, queued, argv)
            reply = call(client, queued, argv) if refusal is None else rules_changed(client, refusal)
            if type(reply) is Block:
                reply = reply.at_once
            # Encoded before the next command runs, which may change the container that the reply is. A queued
            # HELLO changes the protocol for the replies behind it.
            (RESP3 if client.resp == 3 else RESP2)[type(reply)](pieces, reply)
    finally:
        scripting.patient = False
        client.may_block = True
        log.context = "toplevel"
    client.server.effects.rewrite_to_nothing()
    return pieces


@command("DISCARD", ANYTIME | NOT_QUEUED, since="2.0.0", complexity="O(N), when N is the number of queued commands")
def discard(client: Client) -> Reply:
    """End a transaction without executing it."""
    if not client.in_transaction:
        raise CommandError(b"ERR DISCARD without MULTI")
    client.end_transaction()
    return OK


@command(
    "WATCH key [key ...]",
    ANYTIME | NO_MULTI | NOT_QUEUED,
    since="2.2.0",
    key_access="RO",
    complexity="O(1) for every key.",
)
def watch(client: Client, *keys: bytes) -> Reply:
    """Let the next transaction fail if one of the keys changes before EXEC."""
    if client.in_transaction:
        raise CommandError(b"ERR WATCH inside MULTI is not allowed")
    database = client.db
    for key in keys:
        if (database, key) not in client.watched:
            client.watched[database, key] = database.is_expired(key)
            database.watchers.setdefault(key, {})[client] = None
    database.observe()
    return OK


@command("UNWATCH", ANYTIME, since="2.2.0")
def unwatch(client: Client) -> Reply:
    """Forget all watched keys."""
    client.server.unwatch(client)
    return OK


RULES_CHANGED = (
    b"NOPERM ACLs rules changed between the moment the transaction was accumulated and the EXEC call. "
    b"This command is no longer allowed for the following reason: "
)


def rules_changed(client: Client, refusal: CommandError) -> CommandError:
    """The reply of EXEC for a command that was allowed when it was queued."""
    if refusal.text.endswith(b"key"):
        reason = b"no permission to touch the specified keys"
    elif refusal.text.endswith(b"channel"):
        reason = b"no permission to access one of the channels used as arguments"
    elif refusal.text.endswith(b"database"):
        reason = b"no permission"
    else:
        reason = b"no permission to execute the command or subcommand"
    error = CommandError(RULES_CHANGED + reason)
    client.server.count_error(error)
    return error


def watched_key_expired(client: Client) -> bool:
    """Tell whether a watched key has expired since, even if nobody has removed it yet."""
    return any(
        database.is_expired(key) for (database, key), expired_before in client.watched.items() if not expired_before
    )
