"""The states of a supervised server, the ways between them, and how long a restart waits."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """What is going on with a server."""

    STOPPED = "stopped"
    STARTING = "starting"
    RUNNING = "running"
    BACKOFF = "backoff"
    STOPPING = "stopping"
    FATAL = "fatal"


TRANSITIONS = {
    State.STOPPED: {State.STARTING},
    State.STARTING: {State.RUNNING, State.BACKOFF, State.STOPPING, State.FATAL},
    State.RUNNING: {State.BACKOFF, State.STOPPING, State.STOPPED},
    State.BACKOFF: {State.STARTING, State.STOPPED},
    State.STOPPING: {State.STOPPED},
    State.FATAL: set(),
}
"""RUNNING leads to STOPPED by itself where an ended server is not to be restarted."""


class Lifecycle:
    """The present state; whoever wants to know of a change is told."""

    def __init__(self, on_change: Callable[[State], None] = lambda state: None) -> None:
        self.state = State.STOPPED
        self._on_change = on_change

    def move(self, state: State) -> None:
        """Go on to another state, which must be one that the table allows."""
        assert state in TRANSITIONS[self.state], f"{self.state} does not lead to {state}"
        self.state = state
        self._on_change(state)


@dataclass(frozen=True)
class Policy:
    """How patient a supervisor is, in seconds."""

    grace: float = 10.0
    """From the wish that a server ends until it is killed."""
    healthy: float = 10.0
    """A server that ran for so long is no longer blamed for earlier crashes."""
    start: float = 60.0
    """A server that has said nothing for so long after its start is killed; one that is loading its data is not."""
    hang: float = 30.0
    """A running server that has answered nothing for so long is killed; 0 lets it be."""
    ping: float = 5.0
    """Between two questions whether the server answers."""
    restart: bool = True
    failures: int = 5
    """So many failures in a row, without ever being ready in between, are enough."""


class Backoff:
    """How long to wait before the next start: 0.5 s after the first crash, twice as long each time, at most 30 s."""

    FIRST = 0.5
    LONGEST = 30.0
    JITTER = 0.2
    """The part of the time that chance may add, so that servers that fell together do not rise together."""

    def __init__(self, chance: Callable[[], float] = random.random) -> None:
        self._chance = chance
        self._crashes = 0
        self.failures = 0
        """Ends in a row that came before the server was ready."""

    def crashed(self, *, was_ready: bool, was_healthy: bool) -> float:
        """Count a crash and return the seconds to wait."""
        self.failures = 0 if was_ready else self.failures + 1
        if was_healthy:
            self._crashes = 0
        # Bounded before it is raised, or a server that crashes for days would overflow a float.
        delay: float = min(self.FIRST * 2 ** min(self._crashes, 10), self.LONGEST)
        self._crashes += 1
        return delay * (1 + self.JITTER * self._chance())
