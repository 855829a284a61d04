"""How long requests take: the totals and histograms of the commands, the logs and the spikes.

A reading of the clock for each request would cost as much as a tenth of the request. So it is read twice for a
chunk of bytes:

- A chunk of one request, as most clients send them, times it exactly.
- In a longer one, commands whose time depends on the data are timed one by one, by a function around their handler
  (`Timing.install`). The others share what is left of the chunk's time; it is shared out when somebody looks.
- Everything that takes the long way (`dispatch.handle`), is in a transaction, or was blocked, is timed exactly.

So the totals are true, and what is long is seen. A chunk whose shared time would itself be remarkable is logged as a
whole. Where a threshold is so low that requests of constant time may reach it, all clients are timed exactly (gate
TIMED). So it is, too, where somebody has set the thresholds for the size of requests and replies: as long as they are
what they are by default, large replies are seen only outside of pipelines.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from stubredis.client import TIMED, Client
from stubredis.command import FAST, Command, Handler
from stubredis.commandlog import CommandLog
from stubredis.latency import COMMAND, FAST_COMMAND, LatencyMonitor
from stubredis.protocol.replies import Block, Reply

if TYPE_CHECKING:
    from stubredis.server import Server

Argv = list[bytes]

MICROSECOND, MILLISECOND = 1_000, 1_000_000
NEVER = 1 << 63
SHARED_LIMIT = MILLISECOND
"""Thresholds below this many nanoseconds are for exact times only."""


class Timing:
    """What a server measures of its requests."""

    __slots__ = (
        "_notable", "_server", "apart", "chunk", "exact", "large_replies", "large_reply", "large_requests", "measured",
        "now",
        "shared", "slow", "spikes", "tracking",
    )  # fmt: skip

    def __init__(self, server: Server) -> None:
        self._server = server
        self.now: Callable[[], int] = server.clock.nanoseconds
        self.measured = 0
        """Nanoseconds of requests that were timed one by one; those within a transaction are in the time of EXEC."""
        self.apart = 0
        """How many requests have nothing to do with the time of their chunk: timed one by one, refused or blocked."""
        self.shared = 0
        """Nanoseconds of all others that are not shared out yet."""
        self.chunk: list[Argv] = []
        """The requests that are executed, as far as they came together."""
        self.slow, self.large_requests, self.large_replies = CommandLog(), CommandLog(), CommandLog()
        self.spikes = LatencyMonitor()
        self.tracking = True
        self.exact = False
        """Whether all requests of all clients are timed one by one."""
        self.large_reply = self._notable = NEVER
        self.configure()
        for name in (
            "slowlog-log-slower-than", "slowlog-max-len", "commandlog-request-larger-than",
            "commandlog-large-request-max-len", "commandlog-reply-larger-than", "commandlog-large-reply-max-len",
            "latency-monitor-threshold", "latency-tracking",
        ):  # fmt: skip
            server.config.on_change[name] = self.configure

    def configure(self) -> None:
        """Heed the thresholds and lengths of the configuration."""
        config = self._server.config
        self.tracking = config.latency_tracking
        self.spikes.threshold = config.latency_monitor_threshold
        slow = config.slowlog_log_slower_than * MICROSECOND if config.slowlog_log_slower_than >= 0 else NEVER
        spike = self.spikes.threshold * MILLISECOND or NEVER
        self._notable = min(slow, spike)
        self.large_reply = NEVER if config.commandlog_reply_larger_than < 0 else config.commandlog_reply_larger_than
        defaults = type(config)
        self.exact = (
            slow < SHARED_LIMIT
            or config.commandlog_request_larger_than != defaults.commandlog_request_larger_than.default
            or config.commandlog_reply_larger_than != defaults.commandlog_reply_larger_than.default
        )
        for client in self._server.clients.values():
            client.set_gate(TIMED, self.exact)
        self.slow.trim(config.slowlog_max_len)
        self.large_requests.trim(config.commandlog_large_request_max_len)
        self.large_replies.trim(config.commandlog_large_reply_max_len)

    # Measuring

    def install(self, commands: Iterable[Command]) -> None:
        """Time the commands of a server one by one whose time depends on the data, as far as they are not fast."""
        for command in commands:
            if command.maximum and not command.flags & FAST and command.complexity != "O(1)":
                command.handler = self._timed(command)

    def _timed(self, command: Command) -> Handler:
        plain, now = command.plain, self.now

        def run(client: Client, *arguments: bytes) -> Reply:
            reply: Reply = None
            started, measured = now(), self.measured
            try:
                reply = plain(client, *arguments)
            finally:
                elapsed = now() - started
                self.measured = measured + elapsed
                self.apart += 1
                if type(reply) is not Block:
                    self.completed(client, command, elapsed, arguments)
            return reply

        return run

    def completed(self, client: Client, command: Command, nanoseconds: int, arguments: Iterable[bytes]) -> None:
        """Note the time of a request that has been executed."""
        command.timed_calls += 1
        command.nanoseconds += nanoseconds
        if self.tracking:
            command.latencies.add(nanoseconds)
        if nanoseconds >= self._notable:
            self._note(client, command, nanoseconds, self._request(command, list(arguments)))

    def _request(self, command: Command, arguments: Argv) -> Argv:
        """Return all words of a request, its first as the client spelt it where that is known."""
        name = command.name.partition("|")[0].encode()
        for argv in self.chunk:
            if argv[1:] == arguments and argv[0].lower() == name:
                return argv
        return [name.upper(), *arguments]

    def chunk_ended(self, client: Client, count: int, elapsed: int, apart: int, written: int) -> None:
        """Account for the time of a chunk that was not measured one by one.

        `count` is the number of its requests, 0 if that is not known, `apart` how many of them have nothing to do
        with it, and `written` how many pieces of output there were before.
        """
        command = client.command
        if count == 1:
            if not apart and command is not None:
                self.completed(client, command, elapsed, self.chunk[0][1:])
                reply_size = sum(map(len, client.output[written:]))
                if reply_size >= self.large_reply:
                    self.weigh(client, command, self.chunk[0], reply_size)
            return
        self.shared += elapsed
        if elapsed >= self._notable and count > apart and command is not None:
            # One of them took long, and nobody knows which.
            self._note(client, command, elapsed, [*self.chunk[0], b"... (%d more requests)" % (count - 1)])

    def share_out(self) -> None:
        """Let the calls that were not timed have equal parts of the time that was measured of all of them."""
        commands = [command for command in every_command(self._server) if command.calls > command.timed_calls]
        count = sum(command.calls - command.timed_calls for command in commands)
        if count:
            each = self.shared // count
            for command in commands:
                calls = command.calls - command.timed_calls
                command.timed_calls += calls
                command.nanoseconds += each * calls
                if self.tracking:
                    command.latencies.add(each, calls)
        self.shared = 0

    # Noting

    def spike(self, event: bytes, nanoseconds: int) -> None:
        """Note how long something took, if that is a spike."""
        if self.spikes.threshold:
            self.spikes.add(event, self._server.clock.now() // 1000, nanoseconds // MILLISECOND)

    def _note(self, client: Client, command: Command, nanoseconds: int, argv: Argv) -> None:
        config = self._server.config
        second = self._server.clock.now() // 1000
        microseconds = nanoseconds // MICROSECOND
        if 0 <= config.slowlog_log_slower_than <= microseconds and is_logged(command):
            self.slow.add(second, microseconds, argv, client.address, client.name, config.slowlog_max_len)
        event = FAST_COMMAND if command.flags & FAST else COMMAND
        self.spikes.add(event, second, nanoseconds // MILLISECOND)

    def weigh(self, client: Client, command: Command, argv: Argv, reply_size: int) -> None:
        """Log a request if it was large, or its reply."""
        config = self._server.config
        if not is_logged(command):
            return
        second = self._server.clock.now() // 1000
        if 0 <= config.commandlog_request_larger_than <= (size := request_size(argv)):
            limit = config.commandlog_large_request_max_len
            self.large_requests.add(second, size, argv, client.address, client.name, limit)
        if 0 <= config.commandlog_reply_larger_than <= reply_size:
            limit = config.commandlog_large_reply_max_len
            self.large_replies.add(second, reply_size, argv, client.address, client.name, limit)

    def log(self, kind: bytes) -> CommandLog | None:
        """Return one of the logs by its name in COMMANDLOG, in capitals."""
        logs = {b"SLOW": self.slow, b"LARGE-REQUEST": self.large_requests, b"LARGE-REPLY": self.large_replies}
        return logs.get(kind)


def is_logged(command: Command) -> bool:
    """Tell whether a command is for the logs: EXEC is not, as the commands within it are."""
    return command.name != "exec"


def request_size(argv: Argv) -> int:
    """Return the length of a request in RESP."""
    return sum(len(word) + len(str(len(word))) + 5 for word in argv) + len(str(len(argv))) + 3


def every_command(server: Server) -> list[Command]:
    """The commands of a server and their subcommands, each once."""
    commands = [command for name, command in server.commands.items() if name.islower()]
    return [each for command in commands for each in (command, *command.subcommands.values())]
