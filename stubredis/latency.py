"""Latency spikes: for each kind of event, when it lately took how long.

Whoever does something that may take long gives its duration to `LatencyMonitor.add`, which keeps it if it reaches
`latency-monitor-threshold`. Of the events within a second, the longest is kept.
"""

from __future__ import annotations

from collections import deque

MOST_SAMPLES = 160

COMMAND, FAST_COMMAND, EXPIRE_CYCLE = b"command", b"fast-command", b"expire-cycle"


class Event:
    """The spikes of one kind of event: (second, milliseconds) pairs, the oldest first."""

    __slots__ = ("longest", "samples")

    def __init__(self) -> None:
        self.samples: deque[tuple[int, int]] = deque(maxlen=MOST_SAMPLES)
        self.longest = 0

    def add(self, second: int, milliseconds: int) -> None:
        """Keep a spike."""
        self.longest = max(self.longest, milliseconds)
        if self.samples and self.samples[-1][0] == second:
            milliseconds = max(milliseconds, self.samples.pop()[1])
        self.samples.append((second, milliseconds))

    @property
    def mean(self) -> float:
        """The mean of the kept spikes, in milliseconds."""
        return sum(milliseconds for _, milliseconds in self.samples) / len(self.samples)

    @property
    def deviation(self) -> float:
        """By how much a spike differs from the mean, on average."""
        mean = self.mean
        return sum(abs(milliseconds - mean) for _, milliseconds in self.samples) / len(self.samples)

    def period(self, now: int) -> float:
        """The seconds between two spikes, on average."""
        return (now - self.samples[0][0]) / len(self.samples)


class LatencyMonitor:
    """The spikes of a server by their event."""

    __slots__ = ("events", "threshold")

    def __init__(self) -> None:
        self.events: dict[bytes, Event] = {}
        self.threshold = 0
        """From how many milliseconds on a duration is a spike; 0 for never."""

    def add(self, event: bytes, second: int, milliseconds: int) -> None:
        """Keep how long something took, if that is a spike."""
        if 0 < self.threshold <= milliseconds:
            self.events.setdefault(event, Event()).add(second, milliseconds)

    def reset(self, names: tuple[bytes, ...]) -> int:
        """Forget the spikes of some events, or of all, and count these."""
        if not names:
            names = tuple(self.events)
        return sum(self.events.pop(name, None) is not None for name in names)


COLUMNS, ROWS = 80, 4
BRUSHES = "_o#"


def graph(name: bytes, event: Event, now: int) -> str:
    """Draw the spikes of an event as columns, each with its age below it."""
    samples = event.samples
    durations = [milliseconds for _, milliseconds in samples]
    low, high = min(durations), max(durations)
    title = f"{name.decode()} - high {high} ms, low {low} ms (all time high {event.longest} ms)"
    levels = len(BRUSHES) * ROWS
    columns = [
        _column(min((value - low) * levels // ((high - low) or 1), levels - 1), age(now - second))
        for second, value in samples
    ]
    parts = []
    for start in range(0, len(columns), COLUMNS):
        part = columns[start : start + COLUMNS]
        height = max(map(len, part))
        parts.append("".join("".join(column.ljust(height)[row] for column in part) + "\n" for row in range(height)))
    return f"{title}\n{'-' * COLUMNS}\n" + "\n".join(parts)


def _column(level: int, label: str) -> str:
    """Draw one column from its top to its label."""
    full, brush = divmod(level, len(BRUSHES))
    return " " * (ROWS - full - 1) + BRUSHES[brush] + "|" * full + " " + label


def age(seconds: int) -> str:
    """Print how long ago something was, in its largest unit."""
    for unit, length in (("d", 86400), ("h", 3600), ("m", 60)):
        if seconds >= length:
            return f"{seconds // length}{unit}"
    return f"{max(seconds, 0)}s"
