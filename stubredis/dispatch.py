"""The way of a request: find the command, admit it, call its handler, encode the reply, settle the effects.

`handle` is this way for one request of a client. `execute` takes it for all requests of a chunk, and spells it out
for those with nothing special about them. Transactions, scripts and retries of blocked clients enter at `call`.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from stubredis import errors
from stubredis.client import (
    BUSY,
    IN_TRANSACTION,
    MONITORED,
    NOT_AUTHENTICATED,
    OVER_MEMORY,
    PAUSED,
    RESP2_SUBSCRIBER,
    TIMED,
    TRACKING,
    Client,
)
from stubredis.command import (
    ALLOW_BUSY,
    MAY_REPLICATE,
    NO_AUTH,
    NO_MULTI,
    NOT_QUEUED,
    PUBSUB,
    READONLY,
    SKIP_MONITOR,
    SUBSCRIBER,
    WRITE,
    Command,
)
from stubredis.errors import CommandError
from stubredis.permissions import Denied, Reason
from stubredis.protocol.encoder import BULK_HEADERS, CRLF, INTEGERS, TABLE_SIZE
from stubredis.protocol.replies import NO_REPLY, QUEUED, Block, Reply, Status
from stubredis.timing import BATCH

if TYPE_CHECKING:
    from stubredis.acl import User
    from stubredis.server import Server

Argv = list[bytes]

logger = logging.getLogger("stubredis")


def execute(client: Client, requests: Iterable[Argv], chunk: Sequence[Argv] = ()) -> bool:
    """Execute requests of a client one after another and append the replies to the client's output.

    Returns False if the client has been stopped: the requests that are left must wait. `chunk` has all of the requests
    if they came together, so that one look may do for the keys of all of them.

    This is the hot path: the functions below are spelled out in its loop, for a call costs more than what they do.
    """
    server = client.server
    table = client.commands
    lookup = table.get
    effects = server.effects
    output = client.output
    reply: Any
    for argv in requests:
        command = lookup(argv[0])
        count = len(argv)
        if command is None or client.gates or not command.minimum <= count <= command.maximum:
            command = None if client.gates else client.user.admitted(argv)
            if command is None:
                if not handle(client, argv):
                    return False
                if client.commands is not table:
                    table = client.commands
                    lookup = table.get
                continue
            if len(chunk) > 1:
                lookup = (client.user.admitted_together(chunk) or table).get
                chunk = ()
        client.command = command
        try:
            if count == 2:  # calls with a known number of arguments are faster
                reply = command.handler(client, argv[1])
            elif count == 3:
                reply = command.handler(client, argv[1], argv[2])
            elif count == 4:
                reply = command.handler(client, argv[1], argv[2], argv[3])
            elif count == 5:
                reply = command.handler(client, argv[1], argv[2], argv[3], argv[4])
            else:
                reply = command.handler(client, *argv[1:])
        except Exception as error:
            reply = failure(client, command, error)
        command.calls += 1
        # The most frequent kinds of replies, as the encoder's table has them for both protocol versions.
        kind = type(reply)
        if kind is bytes:
            length = len(reply)
            output += (BULK_HEADERS[length] if length < TABLE_SIZE else b"$%d\r\n" % length, reply, CRLF)
        elif kind is Status:
            output.append(reply)
        elif kind is int:
            output.append(INTEGERS[reply] if 0 <= reply < TABLE_SIZE else b":%d\r\n" % reply)
        elif kind is Block:
            command.calls -= 1  # it is counted when it is served
            server.timing.apart += 1
            block(client, command, argv, reply)
        else:
            client.encode[kind](output, reply)
        if effects.pending:
            if effects.changed:
                effects.record(client.db.index, argv)
            settle(server)
            if client.stopped:
                return False
            if client.commands is not table:  # the client has become another user
                table = client.commands
                lookup = table.get
    return True


def handle(client: Client, argv: Argv) -> bool:
    """Execute one request, whatever state the client is in; False if the client has been stopped."""
    server = client.server
    server.timing.apart += 1
    written = len(client.output)
    weighed = False
    if client.gates & TRACKING:
        server.tracking.limit()
    command = find(server, argv)
    if isinstance(command, CommandError):
        if client.gates & NOT_AUTHENTICATED and not is_open(server, argv[0]):
            command = CommandError(errors.NO_AUTH)  # strangers do not learn which commands there are
        reply: Reply = reject(client, command, argv)
    else:
        reply = admit(client, command, argv)
        if reply is None:
            weighed = bool(client.gates & TIMED)
            reply = call(client, command, argv)
        if type(reply) is Block:
            block(client, command, argv, reply)
            reply = NO_REPLY
    client.encode[type(reply)](client.output, reply)
    if client.gates & TRACKING and client.waiting is None:
        end_caching(client, command)
    if weighed and isinstance(command, Command):
        server.timing.weigh(client, command, argv, sum(map(len, client.output[written:])))
    if server.effects.pending:
        settle(server)
    return not client.stopped


def block(client: Client, command: Command, argv: Argv, reply: Block) -> None:
    """Let a client wait for what its request did not find."""
    client.server.blocking.block(client, command, argv, reply)
    client.server.effects.pending = True


def find(server: Server, argv: Argv) -> Command | CommandError:
    """Return the command or subcommand of a request that has the right number of words, or the error."""
    command = server.commands.get(argv[0]) or server.commands.get(argv[0].lower())
    if command is None:
        return errors.unknown_command(argv, before_7=server.emulated.before_7)
    if command.subcommands and len(argv) > 1:
        subcommand = command.subcommands.get(argv[1].lower())
        if subcommand is None:
            return errors.unknown_subcommand(command.name, argv[1], before_7=server.emulated.before_7)
        command = subcommand
    if command.minimum <= len(argv) <= command.maximum:
        return command
    command.rejected_calls += 1
    if server.emulated.before_7 and "|" in command.name:
        return errors.unknown_subcommand(command.name.partition("|")[0], argv[1], before_7=True)
    return errors.wrong_arity(command.name)


def is_open(server: Server, name: bytes) -> bool:
    """Tell whether a command is for clients that have not authenticated, too."""
    command = server.commands.get(name.lower())
    return command is not None and bool(command.flags & NO_AUTH)


def admit(client: Client, command: Command, argv: Argv) -> Reply:
    """Pass the gates of a client in a rare state: None to go on, otherwise the reply.

    The order of the tests is that of processCommand in Redis' server.c.
    """
    client.command = command
    gates = client.gates
    flags = command.flags
    if gates & NOT_AUTHENTICATED and not flags & NO_AUTH:
        return reject(client, CommandError(errors.NO_AUTH), argv, command)
    if gates & IN_TRANSACTION and flags & NO_MULTI and not flags & NOT_QUEUED:
        return reject(client, CommandError(b"ERR Command not allowed inside a transaction"), argv, command)
    if client.commands is not client.server.commands:
        refusal = refuse(client, command, argv)
        if refusal is not None:
            return reject(client, refusal, argv, command)
    if gates & OVER_MEMORY and not client.server.memory.admits(client, command, argv):
        return reject(client, CommandError(errors.OUT_OF_MEMORY), argv, command)
    if gates & BUSY and not flags & ALLOW_BUSY:
        return reject(client, CommandError(client.server.scripting.busy_text), argv, command)
    if gates & RESP2_SUBSCRIBER and not flags & SUBSCRIBER:
        return reject(client, CommandError(_NOT_WHILE_SUBSCRIBED % command.name.encode()), argv, command)
    if client.monitors and (
        flags & (READONLY | WRITE | MAY_REPLICATE) or has_queued(client, command, READONLY | WRITE)
    ):
        return reject(client, CommandError(b"ERR Replica can't interact with the keyspace"), argv, command)
    if gates & PAUSED and not client.monitors and client.server.holds_back(client, command):
        client.postponed = argv
        client.stopped = True
        return NO_REPLY
    if gates & IN_TRANSACTION and not flags & NOT_QUEUED:
        return QUEUED if client.enqueue(command, argv) else NO_REPLY
    return None


def refuse(client: Client, command: Command, argv: Argv) -> CommandError | None:
    """Return the error of a request that the user of the client may not make; it is logged."""
    if client.commands is client.server.commands:
        return None
    denied = client.server.acl.denied(client, command, argv)
    if denied is None:
        return None
    return CommandError(b"NOPERM " + permission_error(client.user, command, argv, denied))


def permission_error(
    user: User, command: Command, argv: Sequence[bytes], denied: Denied, *, names_object: bool = False
) -> bytes:
    """Say what a user may not do; keys and channels are only named if that is asked for."""
    if denied.reason is Reason.COMMAND:
        return b"User %b has no permissions to run the '%b' command" % (user.name, command.name.encode())
    what = denied.reason.name.lower().encode()
    if denied.reason is Reason.DATABASE:
        if not names_object:
            return b"No permissions to access database"
        return b"User %b has no permissions to access database %b" % (user.name, argv[denied.position])
    if not names_object:
        return b"No permissions to access a %b" % what
    return b"User %b has no permissions to access the '%b' %b" % (user.name, argv[denied.position], what)


_NOT_WHILE_SUBSCRIBED = (
    b"ERR Can't execute '%b': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context"
)


def may_write(client: Client, command: Command) -> bool:
    """Tell whether CLIENT PAUSE WRITE holds a request back: writes, and EXEC with a write in its queue."""
    held = WRITE | MAY_REPLICATE
    return bool(command.flags & held) or has_queued(client, command, held)


def has_queued(client: Client, command: Command, flags: int) -> bool:
    """Tell whether a command is EXEC and would execute a command with one of the flags."""
    return command.name == "exec" and any(queued.flags & flags for queued, _ in client.queue)


def reject(client: Client, error: CommandError, argv: Argv, command: Command | None = None) -> CommandError:
    """Refuse a request before it is called; a transaction that is being queued will not be executed."""
    if client.gates & IN_TRANSACTION:
        client.queue_aborted = True
    if argv[0].upper() == b"EXEC":
        client.end_transaction()
        error = CommandError(b"EXECABORT Transaction discarded because of: " + error.text.removeprefix(b"ERR "))
    if command is not None:
        command.rejected_calls += 1
    client.server.count_error(error)
    return error


def call(client: Client, command: Command, argv: Argv) -> Reply:
    """Call the handler of a command and return its reply; errors are replies too."""
    client.command = command
    server = client.server
    timing = server.timing
    reply: Reply
    if client.gates & MONITORED and command.flags & SKIP_MONITOR:
        server.monitors.show(client, command, argv)  # a script comes before what it calls
    started, measured = timing.now(), timing.measured
    try:
        reply = command.plain(client, *argv[1:])
    except Exception as error:
        reply = failure(client, command, error)
    if client.gates & (TRACKING | MONITORED):
        witness(client, command, argv)
    elapsed = timing.now() - started
    timing.measured = measured + elapsed
    if type(reply) is Block:
        return reply
    command.calls += 1
    if elapsed < timing.notable and len(command.samples) < BATCH:
        command.samples.append(elapsed)  # what it comes to, without a call
    else:
        timing.completed(client, command, elapsed, argv)
    effects = server.effects
    if effects.changed:
        effects.record(client.db.index, argv)
    return reply


def witness(client: Client, command: Command, argv: Argv) -> None:
    """Remember the keys that a client has read and is to be told of, and show the request to MONITOR."""
    mode = client.tracking
    server = client.server
    if mode is not None and mode.remembers and command.flags & READONLY and not command.flags & PUBSUB:
        try:
            positions = command.usage.positions(argv)
        except ValueError:  # the handler has refused the request, too
            positions = []
        server.tracking.remember(client, [argv[position] for position in positions])
    # A blocked request is shown when it arrives, and not again when it is served.
    if server.monitors.clients and client.waiting is None and not command.flags & SKIP_MONITOR:
        server.monitors.show(client, command, argv)


def end_caching(client: Client, command: Command | CommandError | None) -> None:
    """End the exception that CLIENT CACHING made for one request other than CLIENT, or for one transaction."""
    about_clients = isinstance(command, Command) and command.name.startswith("client|")
    if client.tracking is not None and not client.in_transaction and not about_clients:
        client.tracking.caching = False


def failure(client: Client, command: Command, error: Exception) -> CommandError:
    """Count what a handler raised, and return it as the reply."""
    if not isinstance(error, CommandError):
        logger.error("handler of '%s' failed; the client gets an internal error", command.name, exc_info=error)
        error = CommandError(errors.INTERNAL)
    if client.server.emulated.before_7:
        error = errors.in_older_words(error)
    command.failed_calls += 1
    client.server.count_error(error)
    return error


def settle(server: Server) -> None:
    """Deal with what the unit that ends has caused, until nothing is left.

    Clients that were blocked are served after it, each in a unit of its own, which may make more keys ready.
    """
    effects = server.effects
    deliver(server)
    while effects.ready:
        ready, effects.ready = effects.ready, {}
        for database, key in ready:
            for client in list(database.waiters.get(key, ())):
                if key not in database.values and not server.blocking.for_any_change:
                    break  # nobody behind can be served
                retry(client, database.kind(key))
    if effects.cooling:
        effects.cool()
    effects.pending = False


def deliver(server: Server) -> None:
    """Send what a unit has caused: commands to persistence and replicas, then to its client the messages for itself."""
    effects = server.effects
    effects.pending = False
    if effects.propagated:
        effects.deliver()
    if effects.pushes:
        pushes, effects.pushes = effects.pushes, []
        for client, message in pushes:
            client.send(message)


def retry(client: Client, kind: type | None) -> None:
    """Run the request of a blocked client again, if it waits for a value of this type or for any change.

    If it is served now, the client is blocked no longer.
    """
    waiting = client.waiting
    if waiting is None:  # ended by what another client did meanwhile
        return
    if waiting.block.kind is not None and waiting.block.kind is not kind:
        return
    server = client.server
    if client.gates & PAUSED and server.holds_back(client, waiting.command):
        server.blocking.unblock(client)
        client.postponed = waiting.argv
        client.stopped = True
        return
    running, server.current = server.current, client
    reply: Reply
    refusal = refuse(client, waiting.command, waiting.argv)
    if refusal is None and client.gates & OVER_MEMORY:
        admitted = server.memory.admits(client, waiting.command, waiting.argv)
        refusal = None if admitted else CommandError(errors.OUT_OF_MEMORY)
    if refusal is None:
        reply = call(client, waiting.command, waiting.argv)
    else:
        reply = reject(client, refusal, waiting.argv, waiting.command)
    if type(reply) is not Block:
        answer(client, reply)
    deliver(server)
    server.current = running


def release(client: Client, reply: Reply) -> None:
    """End the blocking of a client that has not been served: at its deadline, or by CLIENT UNBLOCK."""
    assert client.waiting is not None
    command = client.waiting.command
    command.calls += 1
    client.server.timing.completed(client, command, 0, client.waiting.argv)
    if isinstance(reply, CommandError):
        command.failed_calls += 1
        client.server.count_error(reply)
    answer(client, reply)


def answer(client: Client, reply: Reply) -> None:
    """Reply to a blocked client; its further requests are read again."""
    client.server.blocking.unblock(client)
    client.encode[type(reply)](client.output, reply)
    if client.gates & TRACKING:
        end_caching(client, client.command)
    client.server.woken[client] = None
