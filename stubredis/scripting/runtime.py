"""The one Lua runtime of a server, and the functions of the host in it.

What scripts see are functions of Lua (`sandbox.lua`), which call those of the host. These return one value, or a tuple
of a value and what is to be made of it: nothing is raised through Lua, and no Python object ever reaches a script.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any

import greenlet  # noqa: F401  (without it scripts cannot be run either)
import lupa.lua51 as lupa

from stubredis.errors import CommandError
from stubredis.scripting import errors
from stubredis.scripting.bytecode import without_tail_calls
from stubredis.scripting.calls import Calls, printed
from stubredis.scripting.conversion import ARRAY, COUNTED, ERROR, FAILED, NESTED, STATUS, TABLE, ToLua, integer
from stubredis.scripting.host import ScriptError, guarded
from stubredis.scripting.libraries import SOURCE, install
from stubredis.scripting.running import MANY
from stubredis.scripting.scripts import sha1

if TYPE_CHECKING:
    from stubredis.scripting.running import Scripting

logger = logging.getLogger("stubredis")

PERIOD = 100_000
"""Instructions between two looks at the clock."""
MOST_MEMORY = 2 << 30
"""So many bytes scripts may take altogether. A script that needs more fails."""
REPL_ALL = 3
_LEVELS = {0: logging.DEBUG, 1: logging.INFO, 2: logging.INFO, 3: logging.WARNING}


def _locked(_object: object, _name: object, _setting: bool) -> str:
    raise AttributeError("access denied")


class Runtime:
    """Lua with the sandbox around it."""

    def __init__(self, scripting: Scripting) -> None:
        self.scripting = scripting
        self.lua = lua = lupa.LuaRuntime(
            encoding=None, register_eval=False, register_builtins=False, attribute_filter=_locked,
            unpack_returned_tuples=True, max_memory=MOST_MEMORY,
        )  # fmt: skip
        self.memory_used = lua.get_memory_used
        self.room = MOST_MEMORY // 2
        install(lua, self.has_room)
        self.make_table = lua.table_from
        self._type = lupa.lua_type
        self.calls = Calls(scripting.server, ToLua(lua.table_from), self.memory_used, self.room)
        self._random = 0x1234ABCD330E
        host = {
            b"execute": self.calls.execute,
            b"log": guarded(self.log, self.has_room),
            b"sha1hex": guarded(self.sha1hex, self.has_room),
            b"setresp": guarded(self.setresp, self.has_room),
            b"set_repl": guarded(self.set_repl, self.has_room),
            b"acl_check_cmd": guarded(self.acl_check_cmd, self.has_room),
            b"register": guarded(self.register_function, self.has_room),
            b"translate": self.translate,
            b"tick": scripting.tick,
            b"ended": scripting.ended,
            b"without_tail_calls": without_tail_calls,
            b"random": self.random,
            b"seed": self.seed,
            b"period": PERIOD,
            b"many": MANY,
            b"array": ARRAY,
            b"status": STATUS,
            b"error": ERROR,
            b"counted": COUNTED,
            b"table": TABLE,
            b"failed": FAILED,
            b"nested": NESTED,
            b"version": scripting.server.emulated.redis.encode(),
            b"version_number": scripting.server.emulated.number,
        }
        source = (Path(__file__).parent / "sandbox.lua").read_bytes()
        prelude = lua.globals()[b"loadstring"](source, SOURCE)
        if not callable(prelude):
            raise RuntimeError(prelude)
        (self._compile, self.run, self.as_program, self.run_library, self._set_hook, self._hook) = prelude(
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

    def has_room(self) -> bool:
        """Tell whether there is memory for what the host hands over.

        Lua itself can be out of memory at any time; the host cannot, for what would end the script ends the process
        there. So it keeps half of the memory to itself.
        """
        return bool(self.memory_used() <= self.room)

    def recover(self) -> None:
        """Collect what scripts have left behind, as Lua does not when it has no memory."""
        self.lua.set_max_memory(0)  # calling needs some
        self.lua.gccollect()
        self.lua.set_max_memory(MOST_MEMORY)

    def translate(self, error: Any) -> Any:
        """Return what scripts see of an exception that lupa itself has raised."""
        if isinstance(error, BaseException):
            logger.error("a function that a script called has failed", exc_info=error)
            return b"internal error"
        return error

    # math.random, the same on every machine

    def seed(self, number: float) -> None:
        """Begin a sequence of numbers."""
        self._random = (integer(number) & 0xFFFFFFFF) << 16 | 0x330E

    def random(self) -> float:
        """Return the next number of the sequence, from 0 to 1: the generator of lrand48."""
        self._random = (self._random * 0x5DEECE66D + 0xB) & (1 << 48) - 1
        return (self._random >> 17) % (2**31 - 1) / (2**31 - 1)

    # The functions of the table `redis`

    def register_function(self, *words: Any) -> None:
        """Add a function to the library that is being loaded."""
        self.scripting.libraries.register(words)

    def log(self, *words: Any) -> None:
        """Write a line to the server's log."""
        if len(words) < 2:
            raise ScriptError(b"ERR redis.log() requires two arguments or more.")
        level = to_number(words[0])
        if level is None:
            raise ScriptError(b"ERR First argument must be a number (log level).")
        if int(level) not in _LEVELS:
            raise ScriptError(b"ERR Invalid log level.")
        texts = [text for text in map(to_text, words[1:]) if text is not None]
        logger.log(_LEVELS[int(level)], "%s", b" ".join(texts).decode("utf-8", "replace"))

    def sha1hex(self, *words: Any) -> bytes:
        """Return the SHA1 digest of a string in hexadecimal."""
        if len(words) != 1:
            raise ScriptError(b"ERR wrong number of arguments")
        return sha1(to_text(words[0]) or b"")

    def setresp(self, *words: Any) -> None:
        """Choose the protocol version by which replies are converted."""
        if len(words) != 1:
            raise ScriptError(b"ERR redis.setresp() requires one argument.")
        version = integer(to_number(words[0]) or 0)
        if version not in (2, 3):
            raise ScriptError(b"ERR RESP version must be 2 or 3.")
        self.calls.speak(version)

    def set_repl(self, *words: Any) -> None:
        """Choose whether what the script changes from now on is propagated."""
        if len(words) != 1:
            raise ScriptError(b"ERR redis.set_repl() requires one argument.")
        flags = integer(to_number(words[0]) or 0)
        if not 0 <= flags <= REPL_ALL:
            raise ScriptError(b"ERR Invalid replication flags. Use REPL_AOF, REPL_REPLICA, REPL_ALL or REPL_NONE.")
        self.scripting.server.effects.muted = not flags

    @property
    def memory(self) -> int:
        """The bytes that Lua has taken."""
        return int(self.memory_used(total=True))

    def acl_check_cmd(self, *words: Any) -> bool:
        """Tell whether the user may execute a command."""
        if not words:
            raise ScriptError(errors.NO_ARGUMENTS)
        argv = printed(words)
        if argv is None:
            raise ScriptError(errors.BAD_ARGUMENTS)
        command = self.calls.find(argv)
        if command is None:
            raise ScriptError(b"ERR Invalid command passed to redis.acl_check_cmd()")
        client = self.calls.client
        return client.user.denial(command, argv, client.db.index) is None


def to_number(value: Any) -> float | None:
    """Return a number as Lua's C functions take it: a string that is one will do."""
    if type(value) in (int, float):
        return float(value)
    if type(value) is bytes:
        try:
            return float.fromhex(value.decode()) if value.strip().lower().startswith(b"0x") else float(value)
        except ValueError:
            return None
    return None


def to_text(value: Any) -> bytes | None:
    """Return a string as Lua's C functions take it: a number will do."""
    if type(value) in (int, float):
        return b"%.14g" % value
    return value if type(value) is bytes else None
