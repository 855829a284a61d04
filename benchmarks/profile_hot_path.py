"""Nanoseconds a command from request bytes to reply bytes, with no socket.

The tool to use before and after each change to the hot path; --profile shows where the time goes. What a server costs
that is not as it is by default shows with --set and --user:

    python -m benchmarks.profile_hot_path --only get,set --set maxmemory=1gb --set maxmemory-policy=allkeys-lru
    python -m benchmarks.profile_hot_path --only get,mset --user "~key:* +@all"
"""

import argparse
import cProfile
import gc
import pstats
import sys
import time
from collections.abc import Sequence
from random import Random

from benchmarks.in_process import InProcess
from benchmarks.report import table
from benchmarks.wire import RequestError
from benchmarks.workloads import PING, SCRIPTS, SEVERAL_KEYS, TYPES, WORKLOADS, Workload

PIPELINES = (1, 16)
SHOWN = 30


def main() -> int:
    """Print one row a workload, or the profile of all of them together."""
    options = _arguments()
    workloads = [
        workload
        for workload in (PING, *WORKLOADS, *TYPES, *SCRIPTS, *SEVERAL_KEYS)
        if options.only is None or workload.option in options.only.lower().split(",")
    ]
    if not workloads:
        print("no such workload", file=sys.stderr)
        return 2
    try:
        if options.profile:
            profile(workloads, options)
        else:
            measure(workloads, options)
    except RequestError as error:
        print(f"refused: {error}", file=sys.stderr)
        return 1
    return 0


def measure(workloads: Sequence[Workload], options: argparse.Namespace) -> None:
    """Print the fastest of several repeats: whatever disturbs a repeat only makes it slower."""
    lines = []
    for workload in workloads:
        print(workload.name, file=sys.stderr, flush=True)
        nanos = [_fastest(workload, pipeline, options) for pipeline in options.pipeline]
        lines.append([workload.name, *(f"{figure:,.0f}" for figure in nanos)])
    print(table(["ns a command", *(f"pipeline {pipeline}" for pipeline in options.pipeline)], lines))


def profile(workloads: Sequence[Workload], options: argparse.Namespace) -> None:
    """Print the functions with the most time of their own: trust the order, for a profiler slows calls."""
    profiler = cProfile.Profile()
    for workload in workloads:
        count = _commands(workload, options.commands)
        server, pieces = _prepared(workload, count, options), _pieces(workload, options.pipeline[-1], count)
        profiler.enable()
        server.feed(pieces)
        profiler.disable()
    pstats.Stats(profiler).strip_dirs().sort_stats("tottime").print_stats(SHOWN)


def _fastest(workload: Workload, pipeline: int, options: argparse.Namespace) -> float:
    count = _commands(workload, options.commands)
    pieces = _pieces(workload, pipeline, count)
    nanos = []
    for _ in range(options.repeats):
        server = _prepared(workload, count, options)
        gc.collect()
        began = time.thread_time_ns()
        server.feed(pieces)
        nanos.append(time.thread_time_ns() - began)
    return min(nanos) / count


def _prepared(workload: Workload, count: int, options: argparse.Namespace) -> InProcess:
    server = InProcess(dict(options.set))
    server.load(workload.prepare(count))
    if options.user is not None:
        server.log_in(options.user.encode().split())
    server.load(workload.sample(1, Random(0)))
    return server


def _pieces(workload: Workload, pipeline: int, count: int) -> list[bytes]:
    requests = workload.sample(count, Random(0))
    return [b"".join(requests[first : first + pipeline]) for first in range(0, count, pipeline)]


def _commands(workload: Workload, commands: int) -> int:
    """Fewer of the commands that do the work of many."""
    return commands // 10 if workload.cost else commands


def _setting(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise argparse.ArgumentTypeError(f"{text!r} is not name=value")
    return name.replace("-", "_"), value


def _depths(text: str) -> tuple[int, ...]:
    return tuple(max(int(depth), 1) for depth in text.split(","))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.profile_hot_path",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--only", metavar="NAME,…", help="these workloads")
    parser.add_argument("--pipeline", type=_depths, default=PIPELINES, metavar="N,…", help="requests a chunk (1,16)")
    parser.add_argument("--set", type=_setting, action="append", default=[], metavar="NAME=VALUE", help="a parameter")
    parser.add_argument("--user", metavar="RULES", help="be a user of the access control list with these rules")
    parser.add_argument("--profile", action="store_true", help="print a cProfile table")
    parser.add_argument("--commands", type=int, default=40_000, metavar="N", help="commands a repeat")
    parser.add_argument("--repeats", type=int, default=7, metavar="N", help="repeats a workload")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
