"""How long requests take: the totals and histograms of the commands, the logs and the spikes.

A reading of the clock for each request would cost as much as a tenth of the request. So it is read twice for a
chunk of bytes:

- A chunk of one request, as most clients send them, times it exactly.
- In a longer one, commands whose time depends on the data are timed one by one, by a function around their handler
  (`Timing.install`). The others share what is left of the chunk's time; it is shared out when somebody looks.
- Of what scripts call of the others, every seventh is timed, and stands for those that are not.
- Everything that takes the long way (`dispatch.handle`), is in a transaction, or was blocked, is timed exactly.

So the totals are true, and what is long is seen. A chunk whose shared time would itself be remarkable is logged as a
whole. Where a threshold is so low that requests of constant time may reach it, all clients are timed exactly (gate
TIMED). So it is, too, where somebody has set the thresholds for the size of requests and replies. As long as they are
what they are by default, large requests are weighed because they come in pieces, and large replies are seen when they
are written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from stubredis.client import TIMED, Client
from stubredis.command import FAST, Command, Handler, requested
from stubredis.commandlog import CommandLog
from stubredis.errors import ProtocolError
from stubredis.latency import COMMAND, FAST_COMMAND, LatencyMonitor
from stubredis.protocol.replies import Block, Reply
from stubredis.protocol.requests import RequestParser
from stubredis.redaction import redacted

if TYPE_CHECKING:
    from stubredis.server import Server

Argv = list[bytes]

BATCH = 1024
"""So many times of a command are added to its totals at once."""
MICROSECOND, MILLISECOND = 1_000, 1_000_000
NEVER = 1 << 63
IN_SCRIPTS = 7
"""Of so many calls in scripts one is timed. Few scripts have a multiple of it, so it is not always the same call."""
BOUNDED = frozenset({"mset", "msetnx"})
"""What they do is in the request, so within a chunk it cannot take long; they are too frequent to be timed for that."""
SHARED_LIMIT = MILLISECOND
"""Thresholds below this many nanoseconds are for exact times only."""


class Timing:
    """What a server measures of its requests."""

    __slots__ = (
        "_notes", "_server", "_shared_out", "apart", "exact", "expiring", "gross", "large_replies",
        "large_requests", "measured", "notable", "now", "slow", "spikes", "tracking",
    )  # fmt: skip

    def __init__(self, server: Server) -> None:
        self._server = server
        self.now: Callable[[], int] = server.clock.nanoseconds
        self.gross = 0
        """Nanoseconds of all chunks."""
        self.measured = 0
        """Nanoseconds of requests that were timed one by one; those within a transaction are in the time of EXEC."""
        self._shared_out = 0
        """Nanoseconds of other requests that are shared out already."""
        self.expiring = 0
        """Nanoseconds of active expiry."""
        self.apart = 0
        """How many requests have nothing to do with the time of their chunk: timed one by one, refused or blocked."""
        self._notes: list[tuple[Command, Argv, int]] = []
        """Requests of the chunk that took long, by a command, the words behind its name, and nanoseconds."""
        self.slow, self.large_requests, self.large_replies = CommandLog(), CommandLog(), CommandLog()
        self.spikes = LatencyMonitor()
        self.tracking = True
        self.exact = False
        """Whether all requests of all clients are timed one by one."""
        self.notable = NEVER
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
        self.notable = min(slow, spike)
        defaults = type(config)
        self.exact = (
            slow < SHARED_LIMIT
            or config.commandlog_request_larger_than != defaults.commandlog_request_larger_than.default
            or config.commandlog_reply_larger_than != defaults.commandlog_reply_larger_than.default
        )
        self._server.set_gate_of_all(TIMED, self.exact)
        self.slow.trim(config.slowlog_max_len)
        self.large_requests.trim(config.commandlog_large_request_max_len)
        self.large_replies.trim(config.commandlog_large_reply_max_len)

    # Measuring

    def install(self, commands: Iterable[Command]) -> None:
        """Time the commands of a server one by one whose time depends on the data, as far as they are not fast."""
        for command in commands:
            depends = not command.flags & FAST and command.complexity != "O(1)" and command.name not in BOUNDED
            command.steady = not depends
            if command.maximum and depends:
                command.handler = self._timed(command)

    def _timed(self, command: Command) -> Handler:
        plain, now = command.plain, self.now

        def run(client: Client, *arguments: bytes) -> Reply:
            measured = self.measured
            started = now()
            try:
                reply = plain(client, *arguments)
            except Exception:
                ended(measured, now() - started, arguments)
                raise
            elapsed = now() - started
            samples = command.samples
            if elapsed >= self.notable or type(reply) is Block or len(samples) >= BATCH:
                ended(measured, elapsed, arguments, is_blocked=type(reply) is Block)
            else:  # the same in short
                self.measured = measured + elapsed
                self.apart += 1
                samples.append(elapsed)
            return reply

        def ended(measured: int, elapsed: int, arguments: Iterable[bytes], *, is_blocked: bool = False) -> None:
            self.measured = measured + elapsed
            self.apart += 1
            if not is_blocked:
                self.sample(command, elapsed)
                if elapsed >= self.notable:
                    self._notes.append((command, list(arguments), elapsed))

        return run

    def completed(self, client: Client, command: Command, nanoseconds: int, argv: Sequence[bytes]) -> None:
        """Note the time of a request that has been executed."""
        self.sample(command, nanoseconds)
        if nanoseconds >= self.notable:
            self._note(client, command, nanoseconds, list(argv))

    def sample(self, command: Command | None, nanoseconds: int) -> None:
        """Add the time of one call to what is known of a command."""
        assert command is not None, "one that was executed"
        samples = command.samples
        samples.append(nanoseconds)
        if len(samples) >= BATCH:
            self.add_samples(command)

    def add_samples(self, command: Command) -> None:
        """Add the times of calls that were noted for a command to its totals. They stand for those not timed, too."""
        samples = command.samples
        calls = len(samples) + command.untimed
        if not calls:
            return
        if not samples:
            samples.append(command.nanoseconds // max(command.timed_calls, 1))
        command.timed_calls += calls
        command.nanoseconds += sum(samples) * calls // len(samples)
        if self.tracking:
            command.latencies.add_all(samples, calls)
        samples.clear()
        command.untimed = 0

    def chunk_ended(self, client: Client, requests: list[Argv], elapsed: int, apart: int, measured: int) -> None:
        """Account for the time of a chunk of one request, or of one that took long.

        `requests` is empty if the chunk had pieces of requests. `apart` and `measured` are what they were before.
        """
        self.gross += elapsed
        command = client.command
        if len(requests) == 1 and self.apart == apart and command is not None:
            self.measured += elapsed
            self.completed(client, command, elapsed, requests[0])
            return
        notes, self._notes = self._notes, []
        for noted, arguments, nanoseconds in notes:
            self._note(client, noted, nanoseconds, _request(requests, noted, arguments))
        rest = elapsed - (self.measured - measured)
        if rest >= self.notable and len(requests) > self.apart - apart and command is not None:
            # One of those that were not timed took long, and nobody knows which.
            self._note(client, command, rest, [*requests[0], b"... (%d more requests)" % (len(requests) - 1)])

    def bring_up_to_date(self) -> None:
        """Add what is not yet added to the commands; calls that were not timed have equal parts of what they took."""
        commands = every_command(self._server)
        for command in commands:
            self.add_samples(command)
            command.latencies.settle()
        untimed = [command for command in commands if command.calls > command.timed_calls]
        count = sum(command.calls - command.timed_calls for command in untimed)
        left = self.gross - self.measured - self._shared_out
        if count and left >= 0:
            for command in untimed:
                calls = command.calls - command.timed_calls
                command.timed_calls += calls
                command.nanoseconds += left * calls // count
                if self.tracking:
                    command.latencies.add(left // count, calls)
            self._shared_out += left

    def reset(self) -> None:
        """Forget the times of all commands, with what else is counted of them."""
        self._shared_out = self.gross - self.measured
        for command in every_command(self._server):
            command.reset_stats()

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
            self._log(self.slow, client, argv, microseconds, config.slowlog_max_len)
        event = FAST_COMMAND if command.flags & FAST else COMMAND
        self.spikes.add(event, second, nanoseconds // MILLISECOND)

    def weigh(self, client: Client, command: Command, argv: Argv, reply_size: int) -> None:
        """Log a request if it was large, or its reply."""
        config = self._server.config
        if not is_logged(command):
            return
        if 0 <= config.commandlog_request_larger_than <= (size := request_size(argv)):
            self._log(self.large_requests, client, argv, size, config.commandlog_large_request_max_len)
        if 0 <= config.commandlog_reply_larger_than <= reply_size:
            self._log(self.large_replies, client, argv, reply_size, config.commandlog_large_reply_max_len)

    def large_output(self, client: Client, chunk: bytes, size: int) -> None:
        """Log the request of a chunk that made a connection write so much; of several, the first with their number."""
        config = self._server.config
        if self.exact or not 0 <= config.commandlog_reply_larger_than <= size:
            return
        try:
            requests = list(RequestParser(config, authenticated=True).parse(chunk))
        except ProtocolError:  # the end of a request that came in pieces, which has been weighed
            requests = []
        command = requested(self._server.commands, requests[0]) if requests else None
        if command is None or not is_logged(command):
            return
        more = [b"... (%d more requests)" % (len(requests) - 1)] if len(requests) > 1 else []
        log, most = self.large_replies, config.commandlog_large_reply_max_len
        self._log(log, client, [*requests[0], *more], size, most)

    def _log(self, log: CommandLog, client: Client, argv: Argv, measure: int, limit: int) -> None:
        command = requested(self._server.commands, argv)
        shown = argv if command is None else redacted(command.name, argv)
        log.add(self._server.clock.now() // 1000, measure, shown, client.address, client.name, limit)

    def log(self, kind: bytes) -> CommandLog | None:
        """Return one of the logs by its name in COMMANDLOG, in capitals."""
        logs = {b"SLOW": self.slow, b"LARGE-REQUEST": self.large_requests, b"LARGE-REPLY": self.large_replies}
        return logs.get(kind)


def _request(requests: list[Argv], command: Command, arguments: Argv) -> Argv:
    """Find a request of a chunk, of which all but the spelling of its name is known."""
    name = command.name.encode()
    return next(
        (argv for argv in requests if argv[1:] == arguments and argv[0].lower() == name), [name.upper(), *arguments]
    )


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
