"""Pauses of Python's garbage collector under a large keyspace, seen from inside the process.

A collection stops the whole process. The older the generation, the more objects it visits, so what counts is
how many objects of each key the collector tracks, and how often `stubredis serve` lets it run. The part
`pauses` of run.py sees the same from outside.
"""

import argparse
import gc
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.in_process import InProcess
from benchmarks.report import table
from benchmarks.wire import RequestError
from benchmarks.workloads import mixed_keyspace, small_hash
from stubredis.serving import keep_collections_short

OLDEST = 2


class Pauses:
    """The pauses of one phase, by generation."""

    def __init__(self) -> None:
        self.millis: dict[int, list[float]] = {generation: [] for generation in range(OLDEST + 1)}
        self.seconds = 0.0
        self._began = 0.0

    def note(self, phase: str, info: dict[str, int]) -> None:
        """Take a call of gc.callbacks."""
        if phase == "start":
            self._began = time.perf_counter()
        else:
            self.millis[info["generation"]].append((time.perf_counter() - self._began) * 1e3)

    def lines(self, label: str) -> list[list[str]]:
        """One table row a generation."""
        return [
            [
                f"{label}, generation {generation}",
                f"{len(millis):,}",
                f"{max(millis, default=0.0):.2f}",
                f"{sum(millis):.1f}",
                f"{sum(millis) / self.seconds / 10:.2f} %",
            ]
            for generation, millis in self.millis.items()
        ]


@contextmanager
def watched() -> Iterator[Pauses]:
    """Note every collection of the block."""
    pauses = Pauses()
    began = time.perf_counter()
    gc.callbacks.append(pauses.note)
    try:
        yield pauses
    finally:
        gc.callbacks.remove(pauses.note)
        pauses.seconds = time.perf_counter() - began


def main() -> int:
    """Load the keyspace, then add hashes to it, and print the pauses of both."""
    options = _arguments()
    server = InProcess()
    if not options.python_defaults:
        keep_collections_short()
    try:
        print(f"loading {options.keys:,} keys", file=sys.stderr, flush=True)
        with watched() as loading:
            server.load(mixed_keyspace(options.keys))
        print(f"adding {options.hashes:,} hashes", file=sys.stderr, flush=True)
        with watched() as adding:
            server.load(small_hash(index) for index in range(options.keys, options.keys + options.hashes))
    except RequestError as error:
        print(f"refused: {error}", file=sys.stderr)
        return 1
    head = ["phase", "collections", "longest, ms", "all, ms", "of the time"]
    print(f"thresholds {gc.get_threshold()}, {len(gc.get_objects()):,} objects tracked\n")
    print(table(head, [*loading.lines("loading"), *adding.lines("adding")]))
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gc_pauses", description=__doc__)
    parser.add_argument("--keys", type=int, default=1_000_000, metavar="N", help="keys to load first")
    parser.add_argument("--hashes", type=int, default=300_000, metavar="N", help="hashes to add then")
    parser.add_argument(
        "--python-defaults", action="store_true", help="leave the collector as Python sets it, not as serve does"
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
