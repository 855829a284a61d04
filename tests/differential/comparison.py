"""Playing the same steps on both sides and saying where the replies part."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

import pytest

from tests.differential.keyspace import Keys, differences, read_keyspace
from tests.differential.resp import encode
from tests.differential.sides import Connection, Side
from tests.differential.steps import Step, Word, step


@dataclass
class Course:
    """What one side answered to the steps of a case."""

    replies: list[bytes] = field(default_factory=list)
    #: By client: what was sent that no step asked for.
    leftovers: dict[str, bytes] = field(default_factory=dict)
    keys: Keys = field(default_factory=dict)


class Comparison:
    """The `compare` fixture: calling it plays a case on our side and on each oracle."""

    def __init__(self, ours: Callable[[], Side], oracles: Mapping[str, Side], protocol: int) -> None:
        self._ours = ours
        self._oracles = oracles
        self._protocol = protocol

    def __call__(
        self,
        steps: Iterable[tuple[Word, ...] | Step],
        *,
        oracles: tuple[str, ...] = ("valkey-9.1", "redis-7.0", "redis-8.2"),
        differs: Mapping[str, str] | None = None,
    ) -> None:
        """Fail if a reply, or the keyspace at the end, is not what each oracle gives.

        `oracles` leaves out those that lack what the case is about. `differs={"redis-7.0": "reason"}` states that this
        oracle answers differently, and fails once it no longer does.
        """
        case = [given if isinstance(given, Step) else step(*given) for given in steps]
        ours = play(self._ours(), case, self._protocol)
        for name in oracles:
            if name not in self._oracles:
                continue
            found = _differences(case, ours, play(self._oracles[name], case, self._protocol))
            if differs and name in differs:
                if not found:
                    pytest.fail(f"{name} no longer differs: {differs[name]}")
            elif found:
                pytest.fail(f"not as {name} in RESP{self._protocol}:\n" + "\n".join(found), pytrace=False)


def play(side: Side, case: list[Step], protocol: int) -> Course:
    """Play a case on one side, from its initial state."""
    side.reset()
    numbered = any(b"<id of " in each.payload for each in case)
    with contextlib.closing(side):
        course = Course()
        control = side.connect()
        clients: dict[str, Connection] = {}
        numbers: dict[str, bytes] = {}
        for next_step in case:
            if next_step.client not in clients:
                client = clients[next_step.client] = _connect(side, protocol)
                if numbered:
                    client.send(encode((b"CLIENT", b"ID")))
                    numbers[next_step.client] = client.read(1)[1:-2]
            if next_step.milliseconds:
                side.elapse(next_step.milliseconds)
            course.replies.append(_take(clients[next_step.client], next_step, numbers))
        course.leftovers = {name: client.arrived() for name, client in clients.items()}
        course.keys = read_keyspace(control)
        return course


def _connect(side: Side, protocol: int) -> Connection:
    connection = side.connect()
    if protocol != 2:
        connection.send(encode((b"HELLO", b"%d" % protocol)))
        greeting = connection.read(1)
        assert greeting.startswith(b"%"), f"{side.name} refused HELLO {protocol}: {greeting!r}"
    return connection


def _take(client: Connection, what: Step, numbers: Mapping[str, bytes]) -> bytes:
    if what.payload:
        client.send(re.sub(rb"<id of (\w+)>", lambda name: numbers[name[1].decode()], what.payload))
    if what.blocks:
        client.settle()
    if what.closes:
        return client.closed()
    return client.arrived() if what.replies is None else client.read(what.replies)


def _differences(case: list[Step], ours: Course, theirs: Course) -> list[str]:
    found: list[tuple[str, object, object]] = []
    rows = zip(case, ours.replies, theirs.replies, strict=True)
    for number, (what, our_reply, their_reply) in enumerate(rows, 1):
        if our_reply != their_reply and not what.agree(our_reply, their_reply):
            title = f"step {number} of {len(case)}, client {what.client}: {what.text}"
            found.append((title, our_reply, their_reply))
    for name, our_rest in ours.leftovers.items():
        if our_rest != theirs.leftovers[name]:
            found.append((f"client {name}, not asked for", our_rest, theirs.leftovers[name]))
    found += differences(ours.keys, theirs.keys)
    return [f"{title}\n    ours:   {our}\n    theirs: {their}" for title, our, their in found]
