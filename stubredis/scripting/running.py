"""Running scripts: one at a time, each in the one greenlet that scripts have.

A script that runs for longer than `busy-reply-threshold` gives way to the event loop: its greenlet is left as it is
and entered again at every tick of the server, for a slice. Meanwhile every client has the gate BUSY.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from stubredis.client import BUSY, Client
from stubredis.command import Command
from stubredis.dispatch import answer, settle
from stubredis.errors import OUT_OF_MEMORY, CommandError
from stubredis.protocol.replies import Block, Reply
from stubredis.scripting import errors
from stubredis.scripting.conversion import to_reply
from stubredis.scripting.flags import ALLOW_OOM, COMPATIBLE, NO_WRITES

if TYPE_CHECKING:
    from stubredis.scripting.functions import Libraries
    from stubredis.scripting.runtime import Runtime
    from stubredis.scripting.scripts import Scripts
    from stubredis.server import Server

logger = logging.getLogger("stubredis")

SLICE = 8
"""How often a script looks at the clock between two turns of the event loop, once it has been given up waiting for:
some milliseconds, which are counted this way so that a clock moved by hand need not move."""

PAUSED = object()
"""What the greenlet of scripts gives instead of a reply."""


class ScriptClient(Client):
    """The client in whose name scripts call commands: its database and protocol are the script's own."""

    __slots__ = ()

    def resume(self) -> None:
        """Nothing waits here."""


class Run:
    """A script or function that is being run."""

    __slots__ = (
        "caller", "is_function", "killed", "killed_at", "may_grow", "name", "read_only", "request", "started_at",
        "wrote",
    )  # fmt: skip

    def __init__(
        self, caller: Client, name: bytes, *, read_only: bool, function: bool, may_grow: bool, now: int
    ) -> None:
        self.caller = caller
        self.may_grow = may_grow
        """Whether there was memory for what the script may make."""
        self.name = name
        self.request: list[bytes] = []
        """The words of the request, as FUNCTION STATS shows them."""
        self.read_only = read_only
        self.is_function = function
        self.started_at = now
        self.wrote = self.killed = False
        self.killed_at = b""


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
        self._lua: Runtime | None = None
        self._scripts: Scripts | None = None
        self._libraries: Libraries | None = None
        self._greenlet: Any = None
        self._hub: Any = None
        self._gives_way_at = 0
        self._ticks = 0
        self._held: tuple[Any, ...] = ()
        self._command: Command | None = None

    @property
    def runtime(self) -> Runtime:
        """The runtime. Raises CommandError if the libraries it needs are not installed."""
        if self._lua is None:
            try:
                from stubredis.scripting.runtime import Runtime  # noqa: PLC0415  (imports lupa)
            except ImportError:
                raise CommandError(errors.NOT_INSTALLED) from None
            self._lua = Runtime(self)
        return self._lua

    @property
    def scripts(self) -> Scripts:
        """The cache of scripts."""
        if self._scripts is None:
            from stubredis.scripting.scripts import Scripts  # noqa: PLC0415

            self._scripts = Scripts(self)
        return self._scripts

    @property
    def libraries(self) -> Libraries:
        """The libraries of functions."""
        if self._libraries is None:
            from stubredis.scripting.functions import Libraries  # noqa: PLC0415

            self._libraries = Libraries(self)
        return self._libraries

    @property
    def counts(self) -> tuple[int, int, int, int]:
        """How many scripts are cached, and were evicted from the cache; how many functions and libraries there are."""
        scripts, libraries = self._scripts, self._libraries
        cached, evicted = (0, 0) if scripts is None else (len(scripts), scripts.evicted)
        functions = (0, 0) if libraries is None else (len(libraries.functions), len(libraries.by_name))
        return cached, evicted, *functions

    @property
    def memory(self) -> tuple[int, int, int]:
        """The bytes that Lua takes, that the cached scripts do, and that the libraries do, beside Lua."""
        scripts, libraries = self._scripts, self._libraries
        return (
            0 if self._lua is None else self._lua.memory,
            0 if scripts is None else scripts.memory,
            0 if libraries is None else libraries.memory,
        )

    @property
    def codes(self) -> list[bytes]:
        """The code of all libraries of functions."""
        return [] if self._libraries is None else [library.code for library in self._libraries.by_name.values()]

    @property
    def busy_text(self) -> bytes:
        """The error of every request that has to wait for the script."""
        return errors.BUSY_FUNCTION if self.run is not None and self.run.is_function else errors.BUSY_SCRIPT

    # Running

    def begin(self, caller: Client, name: bytes, flags: int, *, read_only: bool, function: bool) -> Run:
        """Prepare to run a script or function with these flags for a client. Raises CommandError."""
        server = self.server
        if server.memory.is_over and not flags & (COMPATIBLE | ALLOW_OOM | NO_WRITES):
            raise CommandError(OUT_OF_MEMORY)
        if read_only and not flags & (COMPATIBLE | NO_WRITES):
            raise CommandError(b"ERR Can not execute a script with write flag using *_ro command.")
        self.runtime.begin(caller)
        return Run(
            caller,
            name,
            read_only=read_only or bool(flags & NO_WRITES),
            function=function,
            may_grow=bool(flags & ALLOW_OOM) or not server.memory.is_over,
            now=server.keyspace.frozen or server.clock.now(),
        )

    def execute(self, run: Run, call: Callable[[], Any]) -> Reply:
        """Run a script in the greenlet of scripts and return its reply, or Block if it takes too long."""
        import greenlet  # noqa: PLC0415  (installed with lupa)

        if self._greenlet is None or self._greenlet.dead:
            self._greenlet = greenlet.greenlet(self._work)
        self.run = run
        self._hub = self._greenlet.parent = greenlet.getcurrent()
        self._gives_way_at = run.started_at + self.server.config.busy_reply_threshold
        self._command = run.caller.command
        result = self._greenlet.switch(call)
        if result is PAUSED:
            self._give_way()
            return Block((), None, None, kind=PAUSED.__class__)
        self.run = None
        return self._outcome(run, result)

    def _work(self, call: Callable[[], Any]) -> Any:
        while True:
            try:
                result = call()
            except Exception as error:
                result = error
            call = self._hub.switch(result)

    def _outcome(self, run: Run, result: Any) -> Reply:
        """Return the reply, raising CommandError as handlers do."""
        runtime = self.runtime
        if run.killed:
            runtime.arm()
            raise CommandError(errors.KILLED % (run.name, run.killed_at))
        if isinstance(result, Exception):
            logger.error("a script failed", exc_info=result)
            raise CommandError(b"ERR internal error")
        ok, value = result
        if ok:
            if type(value) is bytes:
                return value
            reply = to_reply(value, runtime.client.resp, runtime.is_table)
            if type(reply) is CommandError:
                if dict(value.items()).get(b"ignore_error_stats_update"):
                    self._counted(reply)
                raise reply
            return reply
        raise self._failed(run, value)

    def _failed(self, run: Run, value: Any) -> CommandError:
        content = dict(value.items()) if self.runtime.is_table(value) else {}
        message = content.get(b"err")
        if isinstance(message, (int, float)):
            message = b"%.14g" % message
        if type(message) is not bytes:
            message = b"ERR unknown error"
        source, line = content.get(b"source"), content.get(b"line")
        where = b", on %b:%d" % (source, line) if type(source) is bytes and type(line) is int else b""
        error = CommandError(b"%b script: %b%b." % (message, run.name, where))
        if content.get(b"ignore_error_stats_update"):
            self._counted(error)
        return error

    def _counted(self, error: CommandError) -> None:
        """Count an error once only: the command that the script called has counted it."""
        counts = self.server.stats.errors
        counts[error.code] = counts.get(error.code, 0) - 1

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
        elif self.patient or self.server.clock.now() < self._gives_way_at:
            return False
        self._hub.switch(PAUSED)
        return run.killed

    def ended(self, source: bytes, line: int) -> None:
        """Called by the runtime when it ends a script that is to be killed."""
        if self.run is not None and not self.run.killed_at:
            self.run.killed_at = b", on %b:%d" % (source, line)

    def _give_way(self) -> None:
        run = self.run
        assert run is not None
        self.busy = True
        logger.warning("Slow script detected: still in execution after %d milliseconds. You can try killing the script "
                       "using the %s command. Script name is: %s.", self.server.config.busy_reply_threshold,
                       "FUNCTION KILL" if run.is_function else "SCRIPT KILL", run.name.decode("latin-1"))  # fmt: skip
        self.server.set_gate_of_all(BUSY, True)
        self._hold()
        self.server.keyspace.alarm.request(self.server.clock.now() + 1)

    def _hold(self) -> None:
        """Put aside what the script has caused: it is not to be seen before its end."""
        effects = self.server.effects
        self._held = effects.propagated, effects.ready, effects.pushes
        effects.propagated, effects.ready, effects.pushes = [], {}, []
        effects.pending = False

    def _restore(self) -> None:
        effects = self.server.effects
        propagated, ready, pushes = self._held
        effects.propagated = propagated + effects.propagated
        effects.ready = ready | effects.ready
        effects.pushes = pushes + effects.pushes

    def proceed(self) -> None:
        """Run the script for another slice; at its end its caller gets the reply."""
        import greenlet  # noqa: PLC0415

        run, server = self.run, self.server
        assert run is not None
        keyspace = server.keyspace
        self._restore()
        self._ticks = SLICE
        running, server.current = server.current, run.caller
        keyspace.frozen = run.started_at
        self._hub = self._greenlet.parent = greenlet.getcurrent()
        try:
            result = self._greenlet.switch(None)
        finally:
            keyspace.frozen = None
            server.current = running
        if result is PAUSED:
            self._hold()
        else:
            self._end(run, result)

    def _end(self, run: Run, result: Any) -> None:
        server = self.server
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
        if run.is_function is not function:
            raise CommandError(self.busy_text)
        if run.wrote:
            raise CommandError(errors.UNKILLABLE)
        run.killed = True

    def stop(self) -> None:
        """End a script that is running while the server stops."""
        if self.busy and self.run is not None:
            self.run.killed = True
            self.proceed()
