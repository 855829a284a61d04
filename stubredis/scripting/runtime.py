"""The one Lua runtime of a server, and what scripts may call in it: `redis.call` and its like.

Python functions are seen by scripts as C functions. What such a function raises is translated into a Lua error by the
sandbox, so that no Python object ever reaches a script.
"""

from __future__ import annotations

import logging
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import greenlet  # noqa: F401  (without it scripts cannot be run either)
import lupa.lua51 as lupa

from stubredis.command import DENYOOM, NOSCRIPT, WRITE, Command, requested
from stubredis.datatypes.floats import format_double
from stubredis.dispatch import call, refuse
from stubredis.errors import OUT_OF_MEMORY, CommandError
from stubredis.protocol.replies import Block
from stubredis.scripting import errors
from stubredis.scripting.bytecode import without_tail_calls
from stubredis.scripting.conversion import ToLua, integer
from stubredis.scripting.libraries import install
from stubredis.scripting.running import ScriptClient
from stubredis.scripting.scripts import sha1

if TYPE_CHECKING:
    from stubredis.scripting.running import Scripting

logger = logging.getLogger("stubredis")

PERIOD = 100_000
"""Instructions between two looks at the clock."""
VERSION = b"7.2.4"
VERSION_NUMBER = 0x00070204
_LEVELS = {0: logging.DEBUG, 1: logging.INFO, 2: logging.INFO, 3: logging.WARNING}


class LuaError(Exception):
    """Raised by a function that a script calls; `value` is the error as the script sees it."""

    def __init__(self, value: Any) -> None:
        super().__init__(value)
        self.value = value


def _locked(_object: object, _name: object, _setting: bool) -> str:
    raise AttributeError("access denied")


class Runtime:
    """Lua with the sandbox around it."""

    def __init__(self, scripting: Scripting) -> None:
        self.scripting = scripting
        self.server = scripting.server
        self.client = ScriptClient(self.server, 0)
        self.lua = lua = lupa.LuaRuntime(
            encoding=None, register_eval=False, register_builtins=False, attribute_filter=_locked
        )
        install(lua)
        self._collectgarbage = lua.globals()[b"collectgarbage"]
        self.make_table = lua.table_from
        self._type = lupa.lua_type
        self._to_lua = ToLua(lua.table_from)
        self._convert = self._to_lua.by_version[2]
        self._random = 0x1234ABCD330E
        self._commands: dict[bytes, Command] = {}
        host = {
            b"call": self.call,
            b"pcall": self.pcall,
            b"log": self.log,
            b"sha1hex": self.sha1hex,
            b"error_reply": self.error_reply,
            b"status_reply": self.status_reply,
            b"setresp": self.setresp,
            b"set_repl": self.set_repl,
            b"replicate_commands": self.replicate_commands,
            b"breakpoint": self.breakpoint,
            b"debug": self.debug,
            b"acl_check_cmd": self.acl_check_cmd,
            b"translate": self.translate,
            b"tick": scripting.tick,
            b"ended": scripting.ended,
            b"without_tail_calls": without_tail_calls,
            b"random": self.random,
            b"seed": self.seed,
            b"period": PERIOD,
            b"version": VERSION,
            b"version_number": VERSION_NUMBER,
        }
        source = (Path(__file__).parent / "sandbox.lua").read_bytes()
        prelude = lua.globals()[b"loadstring"](source, b"@stubredis")
        if not callable(prelude):
            raise RuntimeError(prelude)
        (self._compile, self.run, self.run_function, self.run_library, self._set_hook, self._hook) = prelude(
            lua.table_from(host)
        )

    def is_table(self, value: Any) -> bool:
        """Tell whether a value from Lua is a table."""
        return bool(self._type(value) == "table")

    def is_function(self, value: Any) -> bool:
        """Tell whether a value from Lua is a function."""
        return bool(self._type(value) == "function")

    def compile(self, code: bytes, name: bytes) -> Any:
        """Compile a script. Raises CommandError."""
        function = self._compile(code, name)
        if type(function) is tuple:
            raise CommandError(b"ERR Error compiling script (new function): " + function[1])
        return function

    def arm(self) -> None:
        """Look at the clock again in the usual intervals, after a script was killed."""
        self._set_hook(self._hook, b"", PERIOD)

    def begin(self, caller: Any) -> None:
        """Let the calls of the next script be in the name of a client."""
        client = self.client
        client.db = caller.db
        client.user = caller.user
        client.commands = caller.commands
        self._speak(2)

    def _speak(self, version: int) -> None:
        self.client.resp = version
        self._convert = self._to_lua.by_version[version]

    def translate(self, error: Any) -> Any:
        """Return what scripts see of an exception."""
        if isinstance(error, LuaError):
            return error.value
        if isinstance(error, BaseException):
            logger.error("a function that a script called has failed", exc_info=error)
            return b"internal error"
        return error

    def failure(self, text: bytes) -> LuaError:
        return LuaError(self._to_lua.error(CommandError(text)))

    # math.random, the same on every machine

    def seed(self, number: float) -> None:
        """Begin a sequence of numbers."""
        self._random = (integer(number) & 0xFFFFFFFF) << 16 | 0x330E

    def random(self) -> float:
        """Return the next number of the sequence, from 0 to 1: the generator of lrand48."""
        self._random = (self._random * 0x5DEECE66D + 0xB) & (1 << 48) - 1
        return (self._random >> 17) % (2**31 - 1) / (2**31 - 1)

    # The functions of the table `redis`

    def call(self, *words: Any) -> Any:
        """Execute a command; its error is raised."""
        reply = self._execute(words)
        if type(reply) is CommandError:
            raise LuaError(self._to_lua.error(reply))
        return reply if type(reply) is bytes else self._convert[type(reply)](reply)

    def pcall(self, *words: Any) -> Any:
        """Execute a command; its error is returned."""
        reply = self._execute(words)
        return reply if type(reply) is bytes else self._convert[type(reply)](reply)

    def _execute(self, words: tuple[Any, ...]) -> Any:
        argv: list[bytes] = []
        for word in words:
            kind = type(word)
            if kind is bytes:
                argv.append(word)
            elif kind is int or kind is float:
                argv.append(number(word))
            else:
                return self._refused(errors.BAD_ARGUMENTS)
        if not argv:
            return self._refused(errors.NO_ARGUMENTS)
        command = self._commands.get(argv[0]) or self._find(argv)
        if type(command) is CommandError:
            self.server.count_error(command)
            return command
        assert type(command) is Command
        run = self.scripting.run
        if command.flags & NOSCRIPT:
            return self._rejected(command, errors.NOT_ALLOWED)
        if command.flags & WRITE and (run is None or run.read_only):
            return self._rejected(command, errors.READ_ONLY)
        if not command.minimum <= len(argv) <= command.maximum:
            return self._rejected(command, errors.WRONG_COUNT)
        if self.client.commands is not self.server.commands:
            refusal = self._refusal(command, argv)
            if refusal is not None:
                return self._rejected(command, errors.DENIED + refusal.text.removeprefix(b"NOPERM "))
        if run is not None:
            if command.flags & DENYOOM and not (run.may_grow or run.wrote):
                return self._rejected(command, OUT_OF_MEMORY)
            run.wrote = run.wrote or bool(command.flags & WRITE)
        reply = call(self.client, command, argv)
        if type(reply) is Block:
            command.calls += 1
            reply = reply.at_once
        return reply

    def _refusal(self, command: Command, argv: list[bytes]) -> CommandError | None:
        """Judge a call as a request of the script's user, whom the log names with the words of the real client."""
        log = self.server.acl.log
        context, log.context = log.context, "lua"
        try:
            return refuse(self.client, command, argv)
        finally:
            log.context = context

    def _find(self, argv: list[bytes]) -> Command | CommandError:
        command = requested(self.server.commands, argv)
        if command is None:
            return CommandError(errors.UNKNOWN_COMMAND)
        if "|" not in command.name and not command.subcommands and len(self._commands) < 1000:
            self._commands[argv[0]] = command
        return command

    def _refused(self, text: bytes) -> CommandError:
        error = CommandError(text)
        self.server.count_error(error)
        return error

    def _rejected(self, command: Command, text: bytes) -> CommandError:
        command.rejected_calls += 1
        return self._refused(text)

    def log(self, *words: Any) -> None:
        """Write a line to the server's log."""
        if len(words) < 2:
            raise self.failure(b"ERR redis.log() requires two arguments or more.")
        level = words[0]
        if type(level) not in (int, float):
            raise self.failure(b"ERR First argument must be a number (log level).")
        if int(level) not in _LEVELS:
            raise self.failure(b"ERR Invalid log level.")
        texts = [
            word if type(word) is bytes else number(word) for word in words[1:] if type(word) in (bytes, int, float)
        ]
        logger.log(_LEVELS[int(level)], "%s", b" ".join(texts).decode("utf-8", "replace"))

    def sha1hex(self, *words: Any) -> bytes:
        """Return the SHA1 digest of a string in hexadecimal."""
        if len(words) != 1:
            raise self.failure(b"ERR wrong number of arguments")
        word = words[0]
        text = word if type(word) is bytes else lua_number(word) if type(word) in (int, float) else b""
        return sha1(text)

    def error_reply(self, *words: Any) -> Any:
        """Return the table that is an error reply."""
        if len(words) != 1 or type(words[0]) is not bytes:
            return self.make_table({b"err": b"ERR wrong number or type of arguments"})
        text = words[0]
        text = text.removeprefix(b"-")
        if b" " not in text:
            text = b"ERR " + text
        return self.make_table({b"err": text})

    def status_reply(self, *words: Any) -> Any:
        """Return the table that is a status reply."""
        if len(words) != 1 or type(words[0]) is not bytes:
            return self.make_table({b"err": b"ERR wrong number or type of arguments"})
        return self.make_table({b"ok": words[0]})

    def setresp(self, *words: Any) -> None:
        """Choose the protocol version by which replies are converted."""
        if len(words) != 1:
            raise self.failure(b"ERR redis.setresp() requires one argument.")
        version = words[0]
        if type(version) not in (int, float) or int(version) not in (2, 3):
            raise self.failure(b"ERR RESP version must be 2 or 3.")
        self._speak(int(version))

    def set_repl(self, *words: Any) -> None:
        """Accept what is to be replicated; everything is."""
        if len(words) != 1:
            raise self.failure(b"ERR redis.set_repl() requires one argument.")
        flags = words[0]
        if type(flags) not in (int, float) or not 0 <= int(flags) <= 3:
            raise self.failure(b"ERR Invalid replication flags. Use REPL_AOF, REPL_REPLICA, REPL_ALL or REPL_NONE.")

    def replicate_commands(self, *_: Any) -> bool:
        """Say that effects are replicated, as they always are."""
        return True

    def breakpoint(self, *_: Any) -> bool:
        """Say that no debugger is there."""
        return False

    def debug(self, *_: Any) -> None:
        """Do nothing: no debugger is there."""

    @property
    def memory(self) -> int:
        """The bytes that Lua has taken."""
        return int(self._collectgarbage(b"count") * 1024)

    def acl_check_cmd(self, *words: Any) -> bool:
        """Tell whether the user may execute a command."""
        if not words:
            raise self.failure(errors.NO_ARGUMENTS)
        argv = []
        for word in words:
            if type(word) not in (bytes, int, float):
                raise self.failure(errors.BAD_ARGUMENTS)
            argv.append(word if type(word) is bytes else number(word))
        command = self._find(argv)
        if type(command) is CommandError:
            raise self.failure(b"ERR Invalid command passed to redis.acl_check_cmd()")
        assert type(command) is Command
        return self.client.user.denial(command, argv, self.client.db.index) is None


def number(value: float) -> bytes:
    """Print a number as the argument of a command: integers of 64 bits as such, others with the digits they need."""
    if type(value) is int or (value.is_integer() and -(2.0**63) <= value < 2.0**63):
        return b"%d" % int(value)
    if value != value:  # noqa: PLR0124  (no number is the only one that is not itself)
        return b"nan" if math.copysign(1, value) > 0 else b"-nan"
    return format_double(value)


def lua_number(value: float) -> bytes:
    """Print a number as Lua does."""
    return b"%.14g" % value
