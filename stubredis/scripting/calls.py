"""What `redis.call` and `redis.pcall` do: commands executed in the name of the client that runs the script.

What a command answers is handed to the sandbox as one value, or as a tuple of a value and what is to be made of it
(`conversion.py`): Lua makes a small table in less than half the time that the host takes.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from stubredis.client import MONITORED, TRACKING, Client
from stubredis.command import DENYOOM, MAY_REPLICATE, NOSCRIPT, WRITE, Command, requested
from stubredis.datatypes.floats import format_double
from stubredis.dispatch import call, failure, refuse
from stubredis.errors import OUT_OF_MEMORY, CommandError
from stubredis.protocol.replies import OK, Block
from stubredis.scripting import errors
from stubredis.scripting.conversion import COUNTED, ERROR, OK_TABLE, ToLua
from stubredis.scripting.flags import ALLOW_OOM
from stubredis.timing import BATCH, IN_SCRIPTS

if TYPE_CHECKING:
    from stubredis.scripting.program import Run
    from stubredis.server import Server

CHANGES = WRITE | MAY_REPLICATE
"""Commands that a read-only script may not call."""
REMEMBERED = 1000
"""So many spellings of names of commands are known without a search."""


class ScriptClient(Client):
    """The client in whose name scripts call commands: its database and protocol are the script's own."""

    __slots__ = ()

    def resume(self) -> None:
        """Nothing waits here."""


class Calls:
    """The calls of the script that is running, and of none otherwise."""

    def __init__(self, server: Server, to_lua: ToLua, memory_used: Callable[[], int], room: int) -> None:
        self.server = server
        self.client = ScriptClient(server, 0)
        self.client.address = b"lua"  # so MONITOR shows it
        self._memory_used = memory_used
        self._room = room
        self._effects = server.effects
        self._timing = server.timing
        self._now = server.timing.now
        self._by_version = to_lua.by_version
        self._convert = self._by_version[2]
        self.run: Run
        self._judged = 0
        """The flags of commands that this program may not simply call."""
        self._all: dict[bytes, Command] = {}
        self._known = self._all
        """The commands that are called without a look at what the user may do, by the names that scripts used."""

    def begin(self, run: Run) -> None:
        """Let the next calls be those of a program."""
        client, caller, server = self.client, run.caller, self.server
        client.db = caller.db
        client.user = caller.user
        if client.commands is not caller.commands:
            client.commands = caller.commands
            self._known = self._all if caller.commands is server.commands else {}
        if client.gates or caller.gates:
            client.id = caller.id
            client.tracking = caller.tracking
            client.gates = caller.gates & (TRACKING | MONITORED)
        if client.resp != 2:
            self.speak(2)
        self.run = run
        self._judged = CHANGES if run.read_only else 0
        if server.memory.is_over and not run.program.flags & ALLOW_OOM:
            self._judged |= DENYOOM

    def speak(self, version: int) -> None:
        """Convert replies as this version of the protocol has them."""
        self.client.resp = version
        self._convert = self._by_version[version]

    def execute(self, *words: Any) -> Any:
        """Execute a command and return what it answers, as the sandbox takes it.

        This is the hot path of scripts: it spells `dispatch.call` out for what is neither watched nor refused.
        """
        for word in words:
            if type(word) is not bytes:
                texts = printed(words)
                if texts is None:
                    return errors.BAD_ARGUMENTS, ERROR
                words = tuple(texts)
                break
        if self._memory_used() > self._room:
            return errors.NO_MEMORY, ERROR
        if not words:
            return errors.NO_ARGUMENTS, ERROR
        count = len(words)
        command = self._known.get(words[0])
        if command is None or command.flags & self._judged or not command.minimum <= count <= command.maximum:
            argv = list(words)
            command = self.find(argv)
            text = self._judgement(command, argv)
            if text is not None:
                return self._rejected(command, text)
            assert command is not None
        if command.flags & WRITE:
            self.run.wrote = True
        client = self.client
        if client.gates:
            reply = call(client, command, list(words))
            command.calls += type(reply) is Block  # which is not counted before it is served
            return self._convert[type(reply)](reply)
        client.command = command
        timing = self._timing
        started = None
        if not command.steady or command.calls % IN_SCRIPTS == 0 or timing.exact:
            started = self._now()
        try:
            if count == 2:
                reply = command.plain(client, words[1])
            elif count == 3:
                reply = command.plain(client, words[1], words[2])
            else:
                reply = command.plain(client, *words[1:])
        except Exception as error:
            reply = failure(client, command, error)
        command.calls += 1
        if started is None:
            command.untimed += 1
        elif (elapsed := self._now() - started) < timing.notable and len(command.samples) < BATCH:
            command.samples.append(elapsed)  # what is done below, in short
        else:
            timing.completed(client, command, elapsed, words)
        if self._effects.changed:
            self._effects.record(client.db.index, list(words))
        kind = type(reply)
        if kind is bytes or kind is int:
            return reply
        if reply is OK:
            return OK_TABLE
        return self._convert[kind](reply)

    def find(self, argv: list[bytes]) -> Command | None:
        """Return the command of a request."""
        command = requested(self.server.commands, argv)
        if (
            command is not None
            and self._known is self._all
            and not (command.flags & NOSCRIPT or command.subcommands or "|" in command.name)
        ):
            if len(self._known) >= REMEMBERED:
                self._known.clear()
            self._known[argv[0]] = command
        return command

    def _judgement(self, command: Command | None, argv: list[bytes]) -> bytes | None:
        """Return the error of a call that is not allowed."""
        if command is None:
            return errors.UNKNOWN_COMMAND
        run = self.run
        if not command.minimum <= len(argv) <= command.maximum:
            return errors.WRONG_COUNT
        if command.flags & NOSCRIPT:
            return errors.NOT_ALLOWED
        refusal = self._refusal(command, argv)
        if refusal is not None:
            return errors.DENIED + refusal.text.removeprefix(b"NOPERM ")
        if run.read_only and command.flags & CHANGES:
            return errors.READ_ONLY
        if command.flags & DENYOOM & self._judged and not run.wrote:
            return OUT_OF_MEMORY
        return None

    def _refusal(self, command: Command, argv: list[bytes]) -> CommandError | None:
        """Judge a call as a request of the script's user, whom the log names with the words of the real client."""
        log = self.server.acl.log
        context, log.context = log.context, "lua"
        try:
            return refuse(self.client, command, argv)
        finally:
            log.context = context

    def _rejected(self, command: Command | None, text: bytes) -> tuple[bytes, int]:
        if command is not None:
            command.rejected_calls += 1
        self.server.count_error(CommandError(text))
        return text, COUNTED


def printed(words: tuple[Any, ...]) -> list[bytes] | None:
    """Return the arguments of a call as words, or None if there is one that is neither a string nor a number."""
    argv = []
    for word in words:
        kind = type(word)
        if kind is bytes:
            argv.append(word)
        elif kind is int or kind is float:
            argv.append(number(word))
        else:
            return None
    return argv


def number(value: float) -> bytes:
    """Print a number as the argument of a command: integers of 64 bits as such, others with the digits they need."""
    if type(value) is int or (value.is_integer() and -(2.0**63) <= value < 2.0**63):
        return b"%d" % int(value)
    if value != value:  # noqa: PLR0124  (no number is the only one that is not itself)
        return b"nan" if math.copysign(1, value) > 0 else b"-nan"
    return format_double(value)
