"""The states of a server and the ways between them, and the times between restarts."""

from __future__ import annotations

import itertools

import pytest

from stubredis.launcher.states import TRANSITIONS, Backoff, Lifecycle, State


def test_every_state_can_be_reached() -> None:
    assert set(TRANSITIONS) == set(State)
    assert set().union(*TRANSITIONS.values()) == set(State)


@pytest.mark.parametrize(("start", "end"), list(itertools.product(State, State)))
def test_only_the_ways_of_the_table_are_open(start: State, end: State) -> None:
    seen: list[State] = []
    lifecycle = Lifecycle(seen.append)
    lifecycle.state = start
    if end in TRANSITIONS[start]:
        lifecycle.move(end)
        assert (lifecycle.state, seen) == (end, [end])
    else:
        with pytest.raises(AssertionError, match=f"{start} does not lead to {end}"):
            lifecycle.move(end)
        assert (lifecycle.state, seen) == (start, [])


def crash(backoff: Backoff, *, healthy: bool = False) -> float:
    return backoff.crashed(was_ready=True, was_healthy=healthy)


def test_delays_double_up_to_half_a_minute() -> None:
    backoff = Backoff(lambda: 0.0)
    assert [crash(backoff) for _ in range(9)] == [0.5, 1, 2, 4, 8, 16, 30, 30, 30]
    assert crash(backoff, healthy=True) == 0.5
    assert crash(backoff) == 1


def test_chance_adds_a_fifth_at_most() -> None:
    backoff = Backoff(lambda: 1.0)
    assert [crash(backoff) for _ in range(3)] == [0.6, 1.2, 2.4]


def test_days_of_crashes_are_no_problem() -> None:
    backoff = Backoff(lambda: 0.0)
    assert {crash(backoff) for _ in range(5000)} == {0.5, 1, 2, 4, 8, 16, 30}


def test_failures_are_counted_since_the_server_was_last_ready() -> None:
    backoff = Backoff(lambda: 0.0)
    for _ in range(3):
        backoff.crashed(was_ready=False, was_healthy=False)
    assert backoff.failures == 3
    crash(backoff)
    assert backoff.failures == 0
