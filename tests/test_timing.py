"""How long requests take, measured with a clock that DEBUG SLEEP moves."""

from __future__ import annotations

import asyncio
from random import Random
from typing import Any

import pytest

import stubredis
from stubredis.clock import ManualClock
from stubredis.command import Command
from stubredis.histogram import UNSETTLED, Histogram, longest_like
from stubredis.session import Session
from tests.differential.resp import encode, parse_all

MILLISECOND = 1_000_000


class Timed:
    """A server whose clock only moves when a command sleeps."""

    def __init__(self, **options: Any) -> None:
        self.clock = ManualClock()
        self.server = stubredis.Server(clock=self.clock, enable_debug_command="yes", **options)
        self.client = self.server.connect()

    def ask(self, *words: bytes, client: Session | None = None) -> bytes:
        client = client or self.client
        client.receive(encode(words))
        return client.take_output()

    def pipeline(self, *requests: tuple[bytes, ...]) -> bytes:
        self.client.receive(b"".join(map(encode, requests)))
        return self.client.take_output()

    def usec(self, name: bytes) -> tuple[int, int]:
        """The calls of a command, and the microseconds that they took."""
        self.server.timing.bring_up_to_date()
        command = self.command(name)
        assert command.timed_calls == command.calls
        return command.calls, command.nanoseconds // 1000

    def command(self, name: bytes) -> Command:
        container, _, subcommand = name.partition(b"|")
        command = self.server.commands[container]
        return command.subcommands[subcommand] if subcommand else command

    def slow(self) -> list[list[bytes]]:
        return [logged.words for logged in self.server.timing.slow.newest(-1)]


SLEEP = (b"DEBUG", b"SLEEP", b"0.02")


def slow_handler(timed: Timed, name: bytes, milliseconds: int) -> None:
    """Let a command take time on its way through the loop of a chunk."""
    command = timed.command(name)
    handler = command.plain

    def run(*arguments: Any) -> Any:
        timed.clock.advance(milliseconds)
        return handler(*arguments)

    command.plain = command.handler = run
    if name == b"keys":
        timed.server.timing.install([command])


def test_one_request_a_chunk_is_timed_exactly() -> None:
    timed = Timed()
    timed.ask(*SLEEP)
    timed.ask(b"PING")
    assert timed.usec(b"debug") == (1, 20_000)
    assert timed.usec(b"ping") == (1, 0)
    assert timed.slow() == [list(SLEEP)]


def test_constant_time_requests_share_what_is_left_of_a_chunk() -> None:
    timed = Timed()
    slow_handler(timed, b"get", 2)
    timed.pipeline((b"GET", b"a"), (b"SET", b"a", b"1"), (b"GET", b"a"))
    assert timed.usec(b"get") == (2, 2666)
    assert timed.usec(b"set") == (1, 1333)
    assert timed.slow() == []


def test_requests_that_depend_on_the_data_are_timed_within_a_chunk() -> None:
    timed = Timed()
    slow_handler(timed, b"keys", 30)
    timed.pipeline((b"PING",), (b"keys", b"*"), (b"PING",))
    assert timed.usec(b"keys") == (1, 30_000)
    assert timed.usec(b"ping") == (2, 0)
    assert timed.slow() == [[b"keys", b"*"]]


def test_a_chunk_whose_shared_time_is_long_is_logged_as_a_whole() -> None:
    timed = Timed()
    slow_handler(timed, b"lpop", 30)
    timed.pipeline((b"PING",), (b"LPOP", b"l", b"1000"), (b"PING",))
    assert timed.slow() == [[b"PING", b"... (2 more requests)"]]


@pytest.mark.parametrize("threshold", [b"0", b"999"])
def test_a_low_threshold_times_every_request(threshold: bytes) -> None:
    timed = Timed()
    other = timed.server.connect()
    timed.ask(b"CONFIG", b"SET", b"slowlog-log-slower-than", threshold)
    slow_handler(timed, b"lpop", 1)
    timed.pipeline((b"PING",), (b"LPOP", b"l"))
    timed.ask(b"LPOP", b"other", client=other)
    timed.ask(b"LPOP", b"new", client=timed.server.connect())
    slow = timed.slow()
    assert [b"LPOP", b"l"] in slow
    assert [b"LPOP", b"other"] in slow
    assert [b"LPOP", b"new"] in slow
    timed.ask(b"CONFIG", b"SET", b"slowlog-log-slower-than", b"10000")
    timed.ask(b"SLOWLOG", b"RESET")
    timed.pipeline((b"PING",), (b"LPOP", b"l"))
    assert timed.slow() == []


def test_requests_in_pieces_are_timed_one_by_one() -> None:
    timed = Timed()
    slow_handler(timed, b"lpop", 30)
    request = encode((b"PING",)) + encode((b"LPOP", b"l"))
    timed.client.receive(request[:-3])
    timed.client.receive(request[-3:])
    assert timed.usec(b"lpop") == (1, 30_000)
    assert timed.slow() == [[b"LPOP", b"l"]]
    timed.ask(b"PING")
    assert not timed.client.gates, "the client goes the short way again"


def test_transactions_count_each_command_and_exec() -> None:
    timed = Timed()
    for words in ((b"MULTI",), SLEEP, SLEEP, (b"EXEC",)):
        timed.ask(*words)
    assert timed.usec(b"debug") == (2, 40_000)
    assert timed.usec(b"exec") == (1, 40_000)
    assert timed.slow() == [list(SLEEP), list(SLEEP)], "EXEC itself is not logged"


def test_waiting_is_not_counted() -> None:
    timed = Timed()
    timed.ask(b"BLPOP", b"l", b"0")
    timed.clock.advance(5000)
    timed.ask(b"RPUSH", b"l", b"x", client=timed.server.connect())
    assert timed.client.take_output().endswith(b"x\r\n")
    assert timed.usec(b"blpop") == (1, 0)
    timed.ask(b"BLPOP", b"l", b"1")
    timed.clock.advance(1001)
    timed.server.tick()
    assert timed.usec(b"blpop") == (2, 0)


def test_failures_are_timed_and_refusals_are_not() -> None:
    timed = Timed()
    timed.ask(b"SET", b"k", b"x")
    timed.ask(b"INCR", b"k")
    timed.ask(b"INCR")
    timed.ask(b"NOSUCH")
    assert timed.usec(b"incr") == (1, 0)
    assert timed.command(b"incr").failed_calls == timed.command(b"incr").rejected_calls == 1


def test_reset() -> None:
    timed = Timed()
    slow_handler(timed, b"get", 2)
    timed.pipeline((b"GET", b"a"), (b"GET", b"a"))
    timed.ask(b"CONFIG", b"RESETSTAT")
    timed.pipeline((b"GET", b"a"), (b"GET", b"a"))
    assert timed.usec(b"get") == (2, 4000)


def test_info_shows_the_figures() -> None:
    timed = Timed()
    timed.ask(*SLEEP)
    timed.ask(b"DEBUG", b"SLEEP", b"0.01")
    stats = timed.ask(b"INFO", b"commandstats", b"latencystats").split(b"\r\n")
    assert b"cmdstat_debug:calls=2,usec=30000,usec_per_call=15000.00,rejected_calls=0,failed_calls=0" in stats
    assert b"latency_percentiles_usec_debug:p50=10027.007,p99=20054.015,p99.9=20054.015" in stats


def test_events() -> None:
    timed = Timed(latency_monitor_threshold="10")
    slow_handler(timed, b"lpop", 15)
    timed.ask(*SLEEP)
    timed.ask(b"LPOP", b"l")
    events = timed.server.timing.spikes.events
    assert {name: list(event.samples) for name, event in events.items()} == {
        b"command": [(1_700_000_000, 20)],
        b"fast-command": [(1_700_000_000, 15)],
    }
    timed.ask(b"DEBUG", b"SLEEP", b"0.5")
    timed.clock.advance(1000)
    timed.ask(b"DEBUG", b"SLEEP", b"0.012")
    assert list(events[b"command"].samples) == [(1_700_000_000, 500), (1_700_000_001, 12)]
    ((_, latest),) = parse_all(timed.ask(b"LATENCY", b"LATEST"))
    assert (b":", b"500") in latest[0][1]
    graph = timed.ask(b"LATENCY", b"GRAPH", b"command").decode().split("\r\n")[1].split("\n")
    assert graph[0] == "command - high 500 ms, low 12 ms (all time high 500 ms)"
    assert graph[2:] == ["# ", "| ", "| ", "|_", "  ", "10", "ss", ""]
    doctor = timed.ask(b"LATENCY", b"DOCTOR")
    assert b"1. command: 2 latency spikes (average 256ms, mean deviation 244ms, period 0.50 sec)." in doctor
    assert b"fast-command" in doctor


def test_large_replies_are_logged_once_a_threshold_is_set() -> None:
    timed = Timed()
    timed.ask(b"CONFIG", b"SET", b"commandlog-reply-larger-than", b"1000000")
    timed.client.receive(encode((b"SET", b"k", b"x" * 1_100_000)))
    timed.ask(b"GET", b"k")
    timed.ask(b"GET", b"nosuch")
    ((_, logged),) = parse_all(timed.ask(b"COMMANDLOG", b"GET", b"-1", b"large-reply"))
    assert len(logged) == 1
    assert logged[0][1][2:4] == [(b":", b"1100012"), (b"*", [(b"$", b"GET"), (b"$", b"k")])]


async def test_large_replies_are_logged_by_default() -> None:
    async with stubredis.Server(port=0, bind="127.0.0.1") as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        value = b"x" * (1 << 20)
        writer.write(encode((b"SET", b"k", value)))
        assert await reader.readline() == b"+OK\r\n"
        size = len(value) + 12
        for requests, shown in [([(b"get", b"k")], [b"get", b"k"]), ([(b"PING",), (b"GET", b"k")], None)]:
            writer.write(b"".join(map(encode, requests)))
            await reader.readexactly(size + 7 * (len(requests) - 1))
            (logged,) = server.timing.large_replies.newest(1)
            assert logged.words == (shown or [b"PING", b"... (1 more requests)"])
            assert logged.measure == size + 7 * (len(requests) - 1)
        assert [len(server.timing.large_replies), len(server.timing.large_requests)] == [2, 1]
        writer.close()


def test_large_requests_come_in_pieces() -> None:
    timed = Timed()
    request = encode((b"SET", b"k", b"x" * 1_100_000))
    for start in range(0, len(request), 65536):
        timed.client.receive(request[start : start + 65536])
    assert len(timed.server.timing.large_requests) == 1


@pytest.mark.parametrize(
    ("nanoseconds", "longest"),
    [(0, 1), (1, 1), (255, 255), (256, 257), (1000, 1003), (7000, 7007), (10**10, 1_002_438_655)],
)
def test_buckets(nanoseconds: int, longest: int) -> None:
    assert longest_like(nanoseconds) == longest


def test_histogram() -> None:
    one_by_one, together = Histogram(), Histogram()
    durations = [1, 500, 1000, 1100, 2000, 2000, 5_000_000, 10**10, 10**10]
    for duration in durations:
        one_by_one.add(duration)
    together.add_all(durations, len(durations))
    assert together == {}
    together.settle()
    assert one_by_one == together
    assert one_by_one.percentiles([0, 50, 100]) == [1, 2007, 1_002_438_655]
    assert one_by_one.cumulative() == {1: 3, 2: 6, 8454: 7, 1073741: 9}


def test_of_many_durations_some_stand_for_all() -> None:
    each, drawn = Histogram(), Histogram()
    durations = Random(7).choices([1_000, 2_000, 2_000, 5_000_000], k=30_000)
    for duration in durations:
        each.add(duration)
    for start in range(0, len(durations), 1_000):
        drawn.add_all(durations[start : start + 1_000], 3_000)
    drawn.settle()
    assert sum(drawn.values()) == 3 * len(durations)
    assert {bucket: count / 3 for bucket, count in drawn.items()} == pytest.approx(each, rel=0.1)


def test_a_histogram_keeps_few_durations_without_a_bucket() -> None:
    one_by_one, together = Histogram(), Histogram()
    for start in range(1, 20_000, 100):
        together.add_all(range(start, start + 100), 100)
        assert sum(map(len, together._unsettled.values())) <= UNSETTLED
    for duration in range(1, 20_001):
        one_by_one.add(duration)
    together.settle()
    assert one_by_one == together


def test_some_calls_in_scripts_stand_for_all() -> None:
    """Of commands that take constant time each is counted, and one in seven timed; others are timed each time."""
    timed = Timed()
    for name in (b"get", b"lrange"):
        command = timed.command(name)

        def slow(*arguments: Any, plain: Any = command.plain) -> Any:
            timed.clock.advance(2)
            return plain(*arguments)

        command.plain = slow
    script = b"for i = 1, ARGV[1] do redis.call('GET', 'k') redis.call('LRANGE', 'l', 0, 1) end"
    timed.ask(b"EVAL", script, b"0", b"1")
    assert timed.usec(b"get") == timed.usec(b"lrange") == (1, 2_000)
    timed.ask(b"EVAL", script, b"0", b"19")
    assert timed.command(b"lrange").nanoseconds + sum(timed.command(b"lrange").samples) == 40 * MILLISECOND
    assert len(timed.command(b"get").samples) == 2
    assert timed.usec(b"get") == timed.usec(b"lrange") == (20, 40_000)
    timed.ask(b"CONFIG", b"RESETSTAT")
    timed.ask(b"EVAL", script, b"0", b"3")
    assert timed.usec(b"get") == (3, 6_000)
    assert sum(timed.command(b"get").latencies.values()) == 3
