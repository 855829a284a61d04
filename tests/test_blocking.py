"""Clients that wait, on a server without sockets whose clock is moved by hand."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

import stubredis
from stubredis.client import Client
from stubredis.clock import ManualClock
from stubredis.datatypes.lists import List
from stubredis.protocol.replies import NULL_ARRAY, Block, Push, Reply
from stubredis.session import Session
from tests.differential.resp import parse_all
from tests.programs import IN_CI

NOTHING = b""
TIMED_OUT = b"*-1\r\n"


class Scene:
    """A server, and clients that are known by a letter."""

    def __init__(self, **options: Any) -> None:
        self.clock = ManualClock()
        self.server = stubredis.Server(clock=self.clock, **options)
        self.clients: dict[str, Session] = {}

    def __getitem__(self, name: str) -> Session:
        if name not in self.clients:
            self.clients[name] = self.server.connect()
        return self.clients[name]

    def ask(self, name: str, *lines: bytes) -> bytes:
        """Send requests in one chunk and return what is answered by now."""
        self[name].receive(b"".join(line + b"\r\n" for line in lines))
        return self.got(name)

    def got(self, name: str) -> bytes:
        """Return what a client has been sent since it was last looked at."""
        return self[name].take_output()

    def elapse(self, milliseconds: int) -> None:
        self.clock.advance(milliseconds)
        self.server.tick()

    def calls(self, name: bytes) -> tuple[int, int]:
        """Return how often a command was called, and how often it failed."""
        command = self.server.commands[name]
        return command.calls, command.failed_calls

    def nobody_waits(self) -> bool:
        databases = self.server.keyspace.databases
        return not self.server.blocking.clients and not any(database.waiters for database in databases)


@pytest.fixture
def scene() -> Scene:
    return Scene()


def popped(key: bytes, element: bytes) -> bytes:
    return b"*2\r\n$%d\r\n%b\r\n$%d\r\n%b\r\n" % (len(key), key, len(element), element)


# Deadlines


@pytest.mark.parametrize(
    ("seconds", "milliseconds"), [(b"1", 1000), (b"0.25", 250), (b"0.0001", 1), (b"1e-1", 100), (b"0x1p-2", 250)]
)
def test_a_timeout_in_fractions_of_a_second(scene: Scene, seconds: bytes, milliseconds: int) -> None:
    assert scene.ask("a", b"BLPOP l " + seconds) == NOTHING
    assert scene.server.keyspace.alarm.at == scene.clock.now() + milliseconds
    scene.elapse(milliseconds - 1)
    assert scene.got("a") == NOTHING
    scene.elapse(1)
    assert scene.got("a") == TIMED_OUT
    assert scene.nobody_waits()


@pytest.mark.parametrize("seconds", [b"0", b"0.0", b"-0.0001"])
def test_no_timeout(scene: Scene, seconds: bytes) -> None:
    assert scene.ask("a", b"BLPOP l " + seconds) == NOTHING
    assert scene.server.keyspace.alarm.at is None
    scene.elapse(10**12)
    assert scene.ask("b", b"RPUSH l x") == b":1\r\n"
    assert scene.got("a") == popped(b"l", b"x")


def test_each_deadline_is_kept(scene: Scene) -> None:
    for name, seconds in (("a", b"3"), ("b", b"1"), ("c", b"0"), ("d", b"1"), ("e", b"2")):
        scene.ask(name, b"BLPOP l " + seconds)
    for ended in ("bd", "e", "a", ""):
        scene.elapse(1000)
        assert [name for name in "abcde" if scene.got(name) == TIMED_OUT] == list(ended)
    scene.ask("f", b"RPUSH l x")
    assert scene.got("c") == popped(b"l", b"x")


def test_the_first_deadline_and_the_place_survive_a_vain_retry(scene: Scene) -> None:
    scene.ask("a", b"BLPOP l 1")
    scene.ask("b", b"BLPOP l 2")
    scene.elapse(600)
    scene.ask("c", b"MULTI", b"RPUSH l x", b"DEL l", b"EXEC")
    scene.ask("c", b"MULTI", b"RPUSH l x", b"PEXPIRE l 0", b"EXEC")
    assert (scene.got("a"), scene.got("b")) == (NOTHING, NOTHING)
    scene.elapse(399)
    scene.ask("c", b"MULTI", b"RPUSH l x", b"DEL l", b"EXEC")
    assert scene.got("a") == NOTHING
    scene.elapse(1)
    assert (scene.got("a"), scene.got("b")) == (TIMED_OUT, NOTHING)
    scene.ask("c", b"RPUSH l x")
    assert scene.got("b") == popped(b"l", b"x")


def test_a_deadline_does_not_hit_the_next_request(scene: Scene) -> None:
    scene.ask("a", b"BLPOP l 1")
    scene.ask("b", b"RPUSH l x")
    assert scene.got("a") == popped(b"l", b"x")
    scene.ask("a", b"BLPOP l 5")
    scene.elapse(1000)
    assert scene.got("a") == NOTHING
    scene.elapse(4000)
    assert scene.got("a") == TIMED_OUT


def test_deadlines_of_the_served_do_not_pile_up(scene: Scene) -> None:
    for _ in range(1000):
        scene.ask("a", b"BLPOP l 1000000")
        scene.ask("b", b"RPUSH l x")
    assert len(scene.server.blocking._deadlines) < 100


@pytest.mark.parametrize("line", [b"BLMOVE l d LEFT LEFT 1", b"BRPOPLPUSH l d 1"])
def test_a_null_array_at_the_deadline_and_a_null_in_a_transaction(scene: Scene, line: bytes) -> None:
    assert scene.ask("a", b"MULTI", line, b"EXEC").endswith(b"*1\r\n$-1\r\n")
    scene.ask("a", line)
    scene.elapse(1000)
    assert scene.got("a") == TIMED_OUT


# Who is served


def test_arrival_counts_and_not_the_deadline_or_the_order_of_keys(scene: Scene) -> None:
    scene.ask("a", b"BLPOP k l 9")
    scene.ask("b", b"BRPOP l k 1")
    scene.ask("c", b"BLMPOP 5 1 l RIGHT COUNT 2")
    assert scene.ask("d", b"RPUSH l 1 2 3 4 5") == b":5\r\n"
    assert scene.got("a") == popped(b"l", b"1")
    assert scene.got("b") == popped(b"l", b"5")
    assert scene.got("c") == b"*2\r\n$1\r\nl\r\n*2\r\n$1\r\n4\r\n$1\r\n3\r\n"
    assert scene.ask("d", b"LRANGE l 0 -1") == b"*1\r\n$1\r\n2\r\n"


def test_the_same_key_twice(scene: Scene) -> None:
    scene.ask("a", b"BLPOP l l l 0")
    scene.ask("b", b"BLPOP l 0")
    scene.ask("c", b"RPUSH l 1 2 3")
    assert (scene.got("a"), scene.got("b")) == (popped(b"l", b"1"), popped(b"l", b"2"))
    assert scene.nobody_waits()


def test_a_circle_of_moves_ends(scene: Scene) -> None:
    scene.ask("a", b"BLMOVE x y LEFT RIGHT 0")
    scene.ask("b", b"BLMOVE y z LEFT RIGHT 0")
    scene.ask("c", b"BLMOVE z x LEFT RIGHT 0")
    assert scene.ask("d", b"RPUSH x 1") == b":1\r\n"
    assert [scene.got(name) for name in "abc"] == [b"$1\r\n1\r\n"] * 3
    assert scene.ask("d", b"LRANGE x 0 -1") == b"*1\r\n$1\r\n1\r\n"


def test_a_wrong_destination_costs_no_element(scene: Scene) -> None:
    scene.ask("a", b"BLMOVE l s LEFT LEFT 0")
    scene.ask("b", b"BLPOP l 0")
    scene.ask("c", b"SET s string", b"RPUSH l 1")
    assert scene.got("a").startswith(b"-WRONGTYPE")
    assert scene.got("b") == popped(b"l", b"1")


def test_a_value_of_another_type_serves_nobody(scene: Scene) -> None:
    scene.ask("a", b"BLPOP l 1")
    scene.ask("b", b"SET l string", b"APPEND l x")
    assert scene.got("a") == NOTHING
    scene.ask("b", b"RPUSH other 1", b"RENAME other l")
    assert scene.got("a") == popped(b"l", b"1")


def test_any_change_is_what_some_wait_for(scene: Scene) -> None:
    tried: list[bytes] = []

    def wait(client: Client, key: bytes) -> Reply:
        tried.append(key)
        return Block([key], None, NULL_ARRAY)

    command = scene.server.commands[b"get"] = scene.server.commands[b"get"].copy()
    command.plain = command.handler = wait
    scene.ask("a", b"BLPOP l 0")
    scene.ask("b", b"get l")
    for line in (b"SET l string", b"APPEND l x", b"DEL l", b"SET other string"):
        scene.ask("c", line)
    assert tried == [b"l"] * 4
    scene.ask("c", b"RPUSH l 1")
    assert (scene.got("a"), len(tried)) == (popped(b"l", b"1"), 6)  # tried again for the push and for the pop
    scene.server.disconnect(scene["b"])
    assert scene.nobody_waits()


def test_keys_of_other_databases_are_other_keys(scene: Scene) -> None:
    scene.ask("a", b"SELECT 1", b"BLPOP l 0")
    scene.ask("b", b"RPUSH l 0", b"SELECT 1", b"RPUSH l 1")
    assert scene.got("a") == popped(b"l", b"1")


# How waiting ends without being served


def test_nothing_is_lost_to_a_client_that_has_left(scene: Scene) -> None:
    scene.ask("a", b"BLPOP l m 10")
    scene.ask("b", b"BLPOP l 0")
    scene.server.disconnect(scene["a"])
    scene.ask("c", b"RPUSH l 1")
    assert scene.got("b") == popped(b"l", b"1")
    scene.elapse(10_000)
    assert scene.got("a") == NOTHING
    assert scene.nobody_waits()


def test_nothing_is_lost_to_a_client_that_is_killed(scene: Scene) -> None:
    scene.ask("a", b"BLPOP l 10")
    scene.ask("b", b"BLPOP l 0")
    killed = b"CLIENT KILL ID %d" % scene["a"].id
    scene.ask("c", b"MULTI", killed, b"RPUSH l 1", b"EXEC")
    assert (scene.got("a"), scene.got("b")) == (NOTHING, popped(b"l", b"1"))
    scene.elapse(10_000)
    assert scene.got("a") == NOTHING


def test_nothing_is_lost_to_a_client_that_sends_too_much_meanwhile() -> None:
    scene = Scene(client_query_buffer_limit="1mb")
    scene.ask("a", b"BLPOP l 0")
    scene["a"].receive(b"x" * (2**20 + 1))
    assert scene["a"].closing
    scene.ask("b", b"RPUSH l 1")
    assert (scene.got("a"), scene.ask("b", b"LLEN l")) == (NOTHING, b":1\r\n")


def test_client_unblock(scene: Scene) -> None:
    scene.ask("a", b"BLPOP l 0", b"PING")
    scene.ask("b", b"BLMOVE l m LEFT LEFT 0")
    assert scene.ask("c", b"CLIENT UNBLOCK %d" % scene["a"].id) == b":1\r\n"
    assert scene.got("a") == TIMED_OUT + b"+PONG\r\n"
    assert scene.ask("c", b"CLIENT UNBLOCK %d ERROR" % scene["b"].id) == b":1\r\n"
    assert scene.got("b") == b"-UNBLOCKED client unblocked via CLIENT UNBLOCK\r\n"
    assert scene.ask("c", b"CLIENT UNBLOCK %d" % scene["b"].id) == b":0\r\n"
    assert scene.nobody_waits()


def test_calls_are_counted_when_they_end(scene: Scene) -> None:
    scene.ask("a", b"BLPOP l 1")
    scene.ask("b", b"BLPOP l 0")
    scene.ask("c", b"BLPOP l 0")
    assert scene.calls(b"blpop") == (0, 0)
    scene.elapse(1000)
    assert scene.calls(b"blpop") == (1, 0)
    scene.ask("d", b"RPUSH l 1")
    assert scene.calls(b"blpop") == (2, 0)
    scene.ask("d", b"CLIENT UNBLOCK %d ERROR" % scene["c"].id)
    assert scene.calls(b"blpop") == (3, 1)
    assert scene.server.stats.errors == {b"UNBLOCKED": 1}


def test_who_waits_for_nothing_costs_nothing(scene: Scene) -> None:
    database = scene.server.keyspace.databases[0]
    assert not database.observed
    scene.ask("a", b"BLPOP l 1")
    assert database.observed
    scene.elapse(1000)
    assert not database.observed
    assert scene.server.keyspace.alarm.at is None


# What comes behind


def test_requests_behind_a_blocking_one_wait_for_it(scene: Scene) -> None:
    assert scene.ask("a", b"SET k 1", b"BLPOP l 0", b"INCR k", b"BLPOP l 1", b"INCR k") == b"+OK\r\n"
    assert scene.ask("a", b"INCR k") == NOTHING
    assert scene.ask("b", b"GET k", b"RPUSH l x", b"GET k") == b"$1\r\n1\r\n:1\r\n$1\r\n1\r\n"
    assert scene.got("a") == popped(b"l", b"x") + b":2\r\n"
    scene.elapse(1000)
    assert scene.got("a") == TIMED_OUT + b":3\r\n:4\r\n"


def test_what_is_executed_behind_may_serve_others(scene: Scene) -> None:
    scene.ask("a", b"BLPOP l 0", b"RPUSH m 1")
    scene.ask("b", b"BLPOP m 0", b"RPUSH n 2")
    scene.ask("c", b"BLPOP n 0")
    scene.ask("d", b"RPUSH l 0")
    assert scene.got("a") == popped(b"l", b"0") + b":1\r\n"
    assert scene.got("b") == popped(b"m", b"1") + b":1\r\n"
    assert scene.got("c") == popped(b"n", b"2")


def test_a_protocol_error_behind_is_told_in_its_turn(scene: Scene) -> None:
    assert scene.ask("a", b"BLPOP l 0", b"*1", b"$-5") == NOTHING
    scene.ask("b", b"RPUSH l x")
    reply = scene.got("a")
    assert reply.startswith(popped(b"l", b"x") + b"-ERR Protocol error")
    assert scene["a"].closing


def test_replies_that_are_switched_off(scene: Scene) -> None:
    scene.ask("a", b"CLIENT REPLY SKIP", b"BLPOP l 0", b"PING")
    scene.ask("b", b"RPUSH l x")
    assert scene.got("a") == b"+PONG\r\n"


def test_messages_caused_by_being_served_follow_the_reply(scene: Scene) -> None:
    def tell(database: object, key: bytes, event: bytes, kind: bytes) -> None:
        scene["a"].push(Push([event]))

    scene.ask("a", b"HELLO 3")
    scene.ask("a", b"BLPOP l 0")
    scene.server.keyspace.observers.append(tell)
    scene.ask("b", b"RPUSH l x")
    message = b">1\r\n$%d\r\n%b\r\n"
    before, after = [message % (3, b"new"), message % (5, b"rpush")], [message % (4, b"lpop"), message % (3, b"del")]
    assert scene.got("a") == b"".join(before) + popped(b"l", b"x") + b"".join(after)


# Anything at all


NAMES = st.sampled_from("abcd")
KEYS = st.sampled_from([b"k", b"l", b"m"])
ENDS = st.sampled_from([b"LEFT", b"RIGHT"])


class AnyWaiting(RuleBasedStateMachine):
    """No element is lost or given twice, and nobody waits for a list that is there."""

    @initialize()
    def begin(self) -> None:
        self.scene = Scene()
        self.pushed = 0
        self.delivered: Counter[bytes] = Counter()

    def ask(self, name: str, line: bytes) -> None:
        if not self.scene[name].stopped:
            self.scene[name].receive(line + b"\r\n")

    @rule(name=NAMES, keys=st.lists(KEYS, min_size=1, max_size=3), seconds=st.sampled_from([b"0", b"0.01", b"0.02"]))
    def pop(self, name: str, keys: list[bytes], seconds: bytes) -> None:
        self.ask(name, b"BLPOP %b %b" % (b" ".join(keys), seconds))

    @rule(name=NAMES, key=KEYS, end=ENDS, count=st.integers(1, 3))
    def pop_several(self, name: str, key: bytes, end: bytes, count: int) -> None:
        self.ask(name, b"BLMPOP 0 1 %b %b COUNT %d" % (key, end, count))

    @rule(name=NAMES, source=KEYS, destination=KEYS, ends=st.tuples(ENDS, ENDS))
    def move(self, name: str, source: bytes, destination: bytes, ends: tuple[bytes, bytes]) -> None:
        self.ask(name, b"BLMOVE %b %b %b %b 0.01" % (source, destination, *ends))

    @rule(key=KEYS, count=st.integers(1, 3))
    def push(self, key: bytes, count: int) -> None:
        elements = [b"e%d" % number for number in range(self.pushed, self.pushed + count)]
        self.pushed += count
        self.scene["z"].receive(b"RPUSH %b %b\r\n" % (key, b" ".join(elements)))

    @rule(source=KEYS, destination=KEYS)
    def rename(self, source: bytes, destination: bytes) -> None:
        self.scene["z"].receive(b"RENAMENX %b %b\r\n" % (source, destination))

    @rule(milliseconds=st.integers(1, 20))
    def elapse(self, milliseconds: int) -> None:
        self.scene.elapse(milliseconds)

    @rule(name=NAMES)
    def leave(self, name: str) -> None:
        self.collect()
        self.scene.server.disconnect(self.scene[name])
        del self.scene.clients[name]

    def collect(self) -> None:
        """Count the elements that clients were sent; a move gives one, and keeps it in a list."""
        for name in "abcd":
            for kind, content in parse_all(self.scene.got(name)):
                if kind == b"*" and isinstance(content, list):
                    _, (_, elements) = content
                    found = elements if isinstance(elements, list) else [(b"$", elements)]
                    self.delivered.update(element for _, element in found if isinstance(element, bytes))

    @invariant()
    def every_element_is_in_one_place(self) -> None:
        self.collect()
        values = self.scene.server.keyspace.databases[0].values.values()
        kept = Counter(element for value in values for element in value)
        assert kept + self.delivered == Counter(b"e%d" % number for number in range(self.pushed))

    @invariant()
    def nobody_waits_for_what_is_there(self) -> None:
        database = self.scene.server.keyspace.databases[0]
        for key, clients in database.waiters.items():
            assert clients
            assert type(database.values.get(key)) is not List


AnyWaiting.TestCase.settings = settings(max_examples=60, stateful_step_count=30, deadline=None, derandomize=IN_CI)
TestAnyWaiting = AnyWaiting.TestCase
