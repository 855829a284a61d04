"""Compare stubredis with redis-server and Valkey: progress on stderr, Markdown tables on stdout."""

import argparse
import json
import os
import platform
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from benchmarks import measure
from benchmarks.comparison import FULL, QUICK, Comparison
from benchmarks.report import means_markdown
from benchmarks.servers import Program, StartError, find
from benchmarks.wire import RequestError
from benchmarks.workloads import WORKLOADS, Workload, workloads_at

SERVERS = ("stubredis", "redis-server", "valkey")
PARTS = ("throughput", "types", "scripts", "floor", "start", "memory", "growth", "idle", "pauses", "bullmq")


def main() -> int:
    """Run what the command line asks for; the status is 1 when a server failed."""
    options = _arguments()
    # An end from outside unwinds like any exception, so that no server is left behind.
    signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))
    if not sys.platform.startswith("linux"):
        return _refuse("the figures of a process are read from the Linux kernel: only Linux will do")
    if measure.redis_benchmark_path() is None:
        return _refuse("redis-benchmark is not in PATH (Debian and Ubuntu: package redis-tools)")
    programs = _programs(options.servers)
    if not programs:
        return _refuse("none of the servers was found")
    comparison = _plan(programs, options)
    status = 0
    try:
        comparison.run()
    except (StartError, RequestError, OSError) as error:
        status = _refuse(str(error))
    except KeyboardInterrupt:
        status = 130
    # What was measured before an end took minutes: it is shown all the same.
    print(_markdown(comparison, options))
    if options.json:
        options.json.write_text(json.dumps(_json(comparison, options), indent=2) + "\n")
    return status


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.run", description=__doc__)
    workloads = {workload.option for workload in WORKLOADS}
    parser.add_argument("--quick", action="store_true", help="fewer requests and keys: a look, not a figure")
    parser.add_argument("--only", type=_words, metavar="NAME,…", help="these workloads, and throughput only")
    parser.add_argument("--pipeline", type=_numbers, metavar="N,…", default=[1, 16, 100], help="pipeline depths")
    parser.add_argument("--servers", type=_words, metavar="NAME,…", default=list(SERVERS), help="which to run")
    parser.add_argument("--parts", type=_words, metavar="NAME,…", help=f"some of {', '.join(PARTS)}")
    parser.add_argument("--rounds", type=int, metavar="N", help="runs of each workload on each server")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write every sample to FILE")
    options = parser.parse_args()
    known = {"--only": workloads, "--servers": set(SERVERS), "--parts": set(PARTS)}
    for option, allowed in known.items():
        if unknown := set(getattr(options, option[2:]) or ()) - allowed:
            parser.error(f"{option}: unknown {', '.join(sorted(unknown))}; known: {', '.join(sorted(allowed))}")
    return options


def _words(text: str) -> list[str]:
    return text.lower().split(",")


def _numbers(text: str) -> list[int]:
    return [int(word) for word in text.split(",")]


def _programs(names: Sequence[str]) -> list[Program]:
    programs = []
    for name in names:
        if program := find(name):
            programs.append(program)
        else:
            print(f"{name}: not found, left out", file=sys.stderr)
    return programs


def _plan(programs: Sequence[Program], options: argparse.Namespace) -> Comparison:
    effort = QUICK if options.quick else FULL
    rounds = options.rounds or effort.rounds
    comparison = Comparison(programs, replace(effort, rounds=rounds))
    parts = options.parts or (["throughput"] if options.only else PARTS)
    if "throughput" in parts:
        for pipeline in options.pipeline:
            workloads = [workload for workload in workloads_at(pipeline) if _wanted(workload, options.only)]
            if workloads:
                comparison.plan_throughput(workloads, pipeline)
    plans = {
        "types": comparison.plan_types,
        "scripts": comparison.plan_scripts,
        "floor": comparison.plan_floor,
        "start": comparison.plan_start,
        "memory": comparison.plan_memory,
        "growth": comparison.plan_growth,
        "idle": comparison.plan_idle,
        "pauses": comparison.plan_pauses,
        "bullmq": comparison.plan_bullmq,
    }
    for part, plan in plans.items():
        if part in parts:
            plan()
    return comparison


def _wanted(workload: Workload, only: Sequence[str] | None) -> bool:
    return only is None or workload.option in only


def _environment(programs: Sequence[Program]) -> str:
    servers = ", ".join(f"{program.name} {program.version()}".rstrip() for program in programs)
    python = f"{platform.python_implementation()} {platform.python_version()}"
    with suppress(PackageNotFoundError):
        python += f" with uvloop {version('uvloop')}"
    return f"{servers}; {python}; {platform.system()} {platform.machine()}, {os.cpu_count()} cores"


def _markdown(comparison: Comparison, options: argparse.Namespace) -> str:
    effort = comparison.effort
    kind = "quick, " if options.quick else ""
    head = f"{_environment(comparison.programs)}; {kind}throughput is the median of {effort.rounds} rounds."
    if disturbance := comparison.disturbance():
        head += f"\n\n{disturbance}"
    if not comparison.complete:
        head += "\n\n**Incomplete: the run ended early, so there are no means.**"
    tables = [section.markdown() for section in comparison.sections if section.rows]
    if comparison.complete and comparison.cpu and len(comparison.names) > 1:
        tables.append(means_markdown(comparison.names[0], comparison.names[1:], comparison.means()))
    return "\n\n".join([head, *tables])


def _json(comparison: Comparison, options: argparse.Namespace) -> dict[str, object]:
    return {
        "environment": _environment(comparison.programs),
        "others": comparison.others,
        "complete": comparison.complete,
        "quick": options.quick,
        "rounds": comparison.effort.rounds,
        "sections": [section.as_json() for section in comparison.sections],
        "means": {mean.label: mean.ratios for mean in comparison.means()} if comparison.complete else {},
    }


def _refuse(reason: str) -> int:
    print(f"benchmarks: {reason}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
