"""Running scripts: one at a time, in the one greenlet that scripts have.

A script that runs for longer than `busy-reply-threshold` gives way to the event loop: its greenlet is left as it is
and entered again at every tick of the server, for a slice. Meanwhile every client has the gate BUSY.

Once there are scripts, whole chunks of requests are executed in the greenlet (`Scripting.execute`), for a switch costs
half as much as a GET. It is left for good when a script in it gives way: what is behind the script waits in the
session, as behind any request that blocks.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from stubredis.client import BUSY, Client
from stubredis.command import Command
from stubredis.dispatch import answer, block, execute, settle
from stubredis.errors import OUT_OF_MEMORY, CommandError
from stubredis.protocol.replies import Block, Reply
from stubredis.scripting import errors
from stubredis.scripting.conversion import (
    ARRAY,
    COUNTED,
    FAILED,
    NESTED,
    STATUS,
    TABLE,
    integer,
    nested_reply,
    one_line_status,
    to_reply,
)
from stubredis.scripting.flags import ALLOW_OOM, COMPATIBLE, NO_WRITES
from stubredis.scripting.program import Program, Run

if TYPE_CHECKING:
    from stubredis.scripting.functions import Libraries
    from stubredis.scripting.runtime import Runtime
    from stubredis.scripting.scripts import Scripts
    from stubredis.server import Server

logger = logging.getLogger("stubredis")

SLICE = 8
"""How often a script looks at the clock between two turns of the event loop, once it has been given up waiting for:
some milliseconds, which are counted this way so that a clock moved by hand need not move."""

MANY = 200
"""So many keys and arguments are passed one by one, more in tables."""
IN_TABLES = -1
"""Says so where the number of keys stands otherwise."""
PAUSED = object()
"""What the greenlet of scripts gives instead of a reply."""


class Late(BaseException):
    """Ends the greenlet of scripts with what a script that gave way has returned at last."""

    def __init__(self, result: Any) -> None:
        super().__init__(result)
        self.result = result


class Scripting:
    """What a server knows of scripts. Nothing of it is made before the first one is run."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.run: Run | None = None
        """The script that is running."""
        self.busy = False
        """Whether it has been running for so long that the event loop goes on."""
        self.patient = False
        """Whether scripts must end within the unit that runs them: a transaction cannot be left halfway."""
        self._switch: Callable[..., Any] | None = None
        """Enters the greenlet of scripts."""
        self._greenlet: Any = None
        self._used = False
        """Whether the chunk that is executed has run a script."""
        self._hub: Any = None
        """The greenlet of the event loop."""
        self._ticks = 0
        self._held: tuple[Any, ...] = ()
        self._command: Command | None = None

    @cached_property
    def runtime(self) -> Runtime:
        """The runtime. Raises CommandError if the libraries it needs are not installed."""
        try:
            from stubredis.scripting.runtime import Runtime  # noqa: PLC0415  (imports lupa)
        except ImportError:
            raise CommandError(errors.NOT_INSTALLED) from None
        return Runtime(self)

    @cached_property
    def scripts(self) -> Scripts:
        """The cache of scripts."""
        from stubredis.scripting.scripts import Scripts  # noqa: PLC0415

        return Scripts(self)

    @cached_property
    def libraries(self) -> Libraries:
        """The libraries of functions."""
        from stubredis.scripting.functions import Libraries  # noqa: PLC0415

        return Libraries(self)

    @property
    def counts(self) -> tuple[int, int, int, int]:
        """How many scripts are cached, and were evicted from the cache; how many functions and libraries there are."""
        made = vars(self)
        scripts: Scripts | None = made.get("scripts")
        libraries: Libraries | None = made.get("libraries")
        cached, evicted = (0, 0) if scripts is None else (len(scripts), scripts.evicted)
        functions = (0, 0) if libraries is None else (len(libraries.functions), len(libraries.by_name))
        return cached, evicted, *functions

    @property
    def memory(self) -> tuple[int, int, int]:
        """The bytes that Lua takes, that the cached scripts do, and that the libraries do, beside Lua."""
        made = vars(self)
        runtime, scripts, libraries = made.get("runtime"), made.get("scripts"), made.get("libraries")
        return (
            0 if runtime is None else runtime.memory,
            0 if scripts is None else scripts.memory,
            0 if libraries is None else libraries.memory,
        )

    @property
    def codes(self) -> list[bytes]:
        """The code of all libraries of functions."""
        libraries: Libraries | None = vars(self).get("libraries")
        return [] if libraries is None else [library.code for library in libraries.by_name.values()]

    @property
    def busy_text(self) -> bytes:
        """The error of every request that has to wait for the script."""
        return errors.BUSY_FUNCTION if self.run is not None and self.run.program.is_function else errors.BUSY_SCRIPT

    # Running

    def start(self, caller: Client, program: Program, count: int, words: Sequence[bytes], read_only: bool) -> Reply:
        """Run a program for a client, the first words of whom are keys: its reply, or Block if it takes too long.

        Raises CommandError.
        """
        if not program.flags & (COMPATIBLE | NO_WRITES):
            self._admit(program.flags, read_only)
        runtime = self.runtime
        self.run = run = Run(caller, program, count, words, read_only)
        runtime.calls.begin(run)
        if len(words) > MANY:
            count, words = IN_TABLES, [runtime.make_table(words[:count]), runtime.make_table(words[count:])]
        switch = self._switch or self._make_greenlet()
        self._used = True
        if self._current() is self._greenlet:
            try:
                result = runtime.run(program.function, count, *words)
            except Exception as error:
                result = error
            if self.busy:
                raise Late(result)
        else:
            self._enter()
            self.server.execute = self.execute
            result = switch(self._protected, program.function, count, words)
            if result is PAUSED:
                self._give_way()
                return Block((), None, None, kind=PAUSED.__class__)
        self.run = None
        self.server.effects.muted = False
        if runtime.memory_used() > runtime.room:
            runtime.recover()
        return result if type(result) is bytes else self._outcome(run, result)

    def _admit(self, flags: int, read_only: bool) -> None:
        """Refuse a program that may write where that must not be. Raises CommandError."""
        if self.server.memory.is_over and not flags & ALLOW_OOM:
            raise CommandError(OUT_OF_MEMORY)
        if read_only:
            raise CommandError(b"ERR Can not execute a script with write flag using *_ro command.")

    def _protected(self, function: Any, count: int, words: Sequence[Any]) -> Any:
        try:
            return self.runtime.run(function, count, *words)
        except Exception as error:
            return error

    def execute(self, client: Client, *requests: Any) -> bool:
        """Execute requests as `dispatch.execute` does, all of them in the greenlet of scripts."""
        switch = self._switch or self._make_greenlet()
        self._enter()
        self._used = False
        result = switch(execute, client, *requests)
        if result is PAUSED:
            self._give_way()
            command, run = client.command, self.run
            assert command is not None
            assert run is not None
            argv = [command.name.upper().encode(), *run.words]
            block(client, command, argv, Block((), None, None, kind=PAUSED.__class__))
            self.server.timing.apart += 1
            settle(self.server)
            return False
        if not self._used:
            self.server.execute = execute
        return bool(result)

    def _make_greenlet(self) -> Callable[..., Any]:
        import greenlet  # noqa: PLC0415  (installed with lupa)

        self._greenlet = greenlet.greenlet(self._work)
        self._switch = self._greenlet.switch
        self._current = greenlet.getcurrent
        self._hub = None
        return self._switch

    def _enter(self) -> None:
        """Let the greenlet of scripts come back to who runs now."""
        current = self._current()
        if current is not self._hub:
            self._hub = self._greenlet.parent = current

    def _work(self, function: Callable[..., Any], *words: Any) -> None:
        try:
            while True:
                function, *words = self._hub.switch(function(*words))
        finally:
            self._switch = None

    def _outcome(self, run: Run, result: Any) -> Reply:
        """Return the reply, raising CommandError as handlers do."""
        runtime = self.runtime
        if run.killed:
            runtime.arm()
            raise CommandError(errors.KILLED % (run.program.name, run.killed_at))
        if type(result) is int or type(result) is float:
            return integer(result)
        if type(result) is not tuple:
            if isinstance(result, Exception):
                raise _broken(result)
            return to_reply(result, runtime.calls.client.resp, runtime.is_table)
        kind, *content = result
        if kind == STATUS:
            return one_line_status(content[0])
        if kind == ARRAY:
            return [value if type(value) is bytes else integer(value) for value in content]
        if kind == NESTED:
            return nested_reply(iter(content))
        if kind == TABLE:
            return to_reply(content[0], runtime.calls.client.resp, runtime.is_table)
        error = _failure(run, *content) if kind == FAILED else CommandError(content[0])
        error.counted = kind == COUNTED or (kind == FAILED and len(content) > 1 and bool(content[1]))
        raise error

    # Scripts that take long

    def tick(self) -> bool:
        """Called by the runtime every so many instructions: tell whether the script is to be ended."""
        run = self.run
        if run is None:
            return False
        if run.killed:
            return True
        if self.busy:
            self._ticks -= 1
            if self._ticks > 0:
                return False
        elif self.patient or self._elapsed() < self.server.config.busy_reply_threshold:
            return False
        self._hub.switch(PAUSED)
        return run.killed

    def _elapsed(self) -> int:
        """Return the milliseconds since the program began, which time in the keyspace stands still for."""
        return self.server.clock.now() - self.server.keyspace.now()

    def ended(self, source: bytes, line: int) -> None:
        """Called by the runtime when it ends a script that is to be killed."""
        if self.run is not None and not self.run.killed_at:
            self.run.killed_at = b", on %b:%d" % (source, line)

    def _give_way(self) -> None:
        run = self.run
        assert run is not None
        self.busy = True
        run.started_at = self.server.keyspace.now()
        self.server.execute = execute
        self._command = run.caller.command
        logger.warning("Slow script detected: still in execution after %d milliseconds. You can try killing the script "
                       "using the %s command. Script name is: %s.", self.server.config.busy_reply_threshold,
                       "FUNCTION KILL" if run.program.is_function else "SCRIPT KILL",
                       run.program.name.decode("latin-1"))  # fmt: skip
        self.server.set_gate_of_all(BUSY, True)
        self._hold()
        self.server.keyspace.alarm.request(self.server.clock.now() + 1)

    def _hold(self) -> None:
        """Put aside what the script has caused: it is not to be seen before its end."""
        effects = self.server.effects
        self._held = effects.propagated, effects.ready, effects.pushes, effects.muted
        effects.propagated, effects.ready, effects.pushes = [], {}, []
        effects.pending = effects.muted = False

    def _restore(self) -> None:
        effects = self.server.effects
        propagated, ready, pushes, effects.muted = self._held
        effects.propagated = propagated + effects.propagated
        effects.ready = ready | effects.ready
        effects.pushes = pushes + effects.pushes

    def proceed(self) -> None:
        """Run the script for another slice; at its end its caller gets the reply."""
        run, server = self.run, self.server
        assert run is not None
        keyspace = server.keyspace
        self._restore()
        self._ticks = SLICE
        running, server.current = server.current, run.caller
        keyspace.frozen = run.started_at
        self._enter()
        try:
            result = self._greenlet.switch()
        except Late as late:
            result = late.result
        finally:
            keyspace.frozen = None
            server.current = running
        if result is PAUSED:
            self._hold()
        else:
            self._end(run, result)

    def _end(self, run: Run, result: Any) -> None:
        server = self.server
        server.effects.muted = False
        if not self.runtime.has_room():
            self.runtime.recover()
        self.busy = False
        self.run = None
        server.set_gate_of_all(BUSY, False)
        reply: Reply
        command = self._command
        assert command is not None
        try:
            reply = self._outcome(run, result)
        except CommandError as error:
            command.failed_calls += 1
            server.count_error(error)
            reply = error
        command.calls += 1
        if run.caller.waiting is not None:
            answer(run.caller, reply)
        settle(server)

    def kill(self, *, function: bool) -> None:
        """End the running script at its next instruction. Raises CommandError if it must not be ended."""
        run = self.run
        if run is None or not self.busy:
            raise CommandError(errors.NOT_BUSY)
        if run.program.is_function is not function:
            raise CommandError(self.busy_text)
        if run.wrote:
            raise CommandError(errors.UNKILLABLE)
        run.killed = True

    def stop(self) -> None:
        """End a script that is running while the server stops."""
        if self.busy and self.run is not None:
            self.run.killed = True
            self.proceed()


def _broken(error: Exception) -> CommandError:
    """Return the error of a run that Lua or the host did not survive."""
    if isinstance(error, MemoryError):
        return CommandError(errors.NO_MEMORY)
    logger.error("a script failed", exc_info=error)
    return CommandError(errors.INTERNAL)


def _failure(run: Run, message: Any, _counted: Any = None, source: Any = None, line: Any = None) -> CommandError:
    """Return the error of a script that has failed."""
    if isinstance(message, (int, float)):
        message = b"%.14g" % message
    if type(message) is not bytes:
        message = b"ERR unknown error"
    where = b", on %b:%d" % (source, line) if type(source) is bytes and type(line) is int else b""
    return CommandError(b"%b script: %b%b." % (message, run.program.name, where))
