"""What is compared: the steps that measure, planned ahead, and the sections of the report they fill."""

import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from statistics import median

from benchmarks import bullmq, measure
from benchmarks.growth import OPERATIONS, SCAN, SIZES, Operation
from benchmarks.report import Means, Row, Section
from benchmarks.servers import ECHO_FLOOR, Program
from benchmarks.workloads import COLLECTIONS, DATASETS, PING, SCRIPTS, TYPES, Workload

FLOOR_PIPELINES = (1, 16)
DISTURBED = 0.2
"""Cores used by other processes from which on a run is marked: with two cores, the client already needs the other."""


@dataclass(frozen=True)
class Effort:
    """How much is asked of the servers."""

    seconds: float
    rounds: int
    keys: int
    starts: int
    idle_seconds: float
    probe_seconds: float
    operation_seconds: float
    jobs: int
    connections: int = 1_000


FULL = Effort(
    seconds=0.7,
    rounds=3,
    keys=1_000_000,
    starts=9,
    idle_seconds=4.0,
    probe_seconds=6.0,
    operation_seconds=0.25,
    jobs=10_000,
)
QUICK = Effort(
    seconds=0.15,
    rounds=3,
    keys=100_000,
    starts=3,
    idle_seconds=1.0,
    probe_seconds=1.5,
    operation_seconds=0.05,
    jobs=2_000,
)


class Comparison:
    """The steps to take, and the sections they fill; planned first, so that progress can say n of m."""

    def __init__(self, programs: Sequence[Program], effort: Effort) -> None:
        self.programs = programs
        self.effort = effort
        self.names = tuple(program.name for program in programs)
        self.sections: list[Section] = []
        self.cpu: dict[int, Section] = {}
        self.others: list[float] = []
        self.complete = False
        self._steps: list[tuple[str, Callable[[], None]]] = []

    def plan_throughput(self, workloads: Sequence[Workload], pipeline: int) -> None:
        """CPU a command and requests a second for each workload at one pipeline depth."""
        self.cpu[pipeline] = cpu = self._section(f"CPU a command, pipeline {pipeline}", "µs")
        rate = self._section(f"Requests a second, pipeline {pipeline}", "requests/s")
        for workload in workloads:
            self._plan_runs(workload, pipeline, self.programs, workload.name, cpu, rate)

    def plan_floor(self) -> None:
        """PING beside a server that parses nothing."""
        programs = [*self.programs, ECHO_FLOOR]
        cpu = self._section("CPU a PING beside a bare asyncio echo", "µs", (*self.names, ECHO_FLOOR.name))
        for pipeline in FLOOR_PIPELINES:
            self._plan_runs(PING, pipeline, programs, f"pipeline {pipeline}", cpu)

    def plan_start(self) -> None:
        """Time to the first PONG."""
        starts = self.effort.starts
        section = self._section("Start", "ms")
        self._plan_row(section, "first PONG", partial(measure.start_millis, starts=starts))

    def plan_memory(self) -> None:
        """Memory of an empty server and of a key."""
        keys = self.effort.keys
        empty = self._section("Resident memory when empty", "MiB")
        self._plan_row(empty, "empty", measure.empty_mebibytes)
        section = self._section("Memory a key", "bytes")
        for dataset in DATASETS:
            label = f"{dataset.name}, {dataset.keys(keys):,} keys"
            self._plan_row(section, label, partial(measure.bytes_a_key, dataset=dataset, most_keys=keys))

        section = self._section("Memory an element of a large collection, and of a small collection", "bytes")
        for dataset in COLLECTIONS:
            label = f"{dataset.name}, {dataset.keys(keys):,} requests"
            self._plan_row(section, label, partial(measure.bytes_a_key, dataset=dataset, most_keys=keys))

    def plan_types(self) -> None:
        """CPU a command of the other data types, pipelined."""
        section = self._section("CPU a command of further types, pipeline 16", "µs")
        for workload in TYPES:
            self._plan_runs(workload, 16, self.programs, workload.name, section)

    def plan_scripts(self) -> None:
        """CPU a script, pipelined."""
        section = self._section("CPU a script, pipeline 16", "µs")
        for workload in SCRIPTS:
            self._plan_runs(workload, 16, self.programs, workload.name, section)

    def plan_growth(self) -> None:
        """What an operation costs on collections of several sizes, and by how much that grows."""
        cost = self._section("CPU an operation, by the size of the collection", "µs")
        growth = self._section(f"Growth of that cost from {SIZES[0]:,} elements", "times")
        for operation in (*OPERATIONS, SCAN):
            for size in SIZES:
                self._steps.append((f"{operation.name}, {size:,}", partial(self._grow, operation, size, cost, growth)))

    def _grow(self, operation: Operation, size: int, cost: Section, growth: Section) -> None:
        sample = partial(
            measure.operation_micros, operation=operation, size=size, seconds=self.effort.operation_seconds
        )
        cost.rows.append(
            Row(f"{operation.name}, {size:,}", {program.name: sample(program) for program in self.programs})
        )
        if size > SIZES[0]:
            base, now = cost.rows[-1 - SIZES.index(size)], cost.rows[-1]
            times = {name: [now.samples[name][0] / base.samples[name][0]] for name in now.samples}
            growth.rows.append(Row(f"{operation.name}, {size:,}", times))

    def plan_idle(self) -> None:
        """CPU of connections that say nothing."""
        connections, seconds = self.effort.connections, self.effort.idle_seconds
        section = self._section("CPU when idle", "ms a second")
        label = f"{connections:,} connections"
        sample = partial(measure.idle_millis, connections=connections, seconds=seconds)
        self._plan_row(section, label, sample)

    def plan_pauses(self) -> None:
        """Latency of a PING each millisecond, while others write to a large keyspace."""
        keys, seconds = self.effort.keys, self.effort.probe_seconds
        section = self._section(f"Latency of PING while others write to {keys:,} keys", "ms")
        latencies: dict[str, list[float]] = {}

        def probe() -> None:
            for program in self.programs:
                latencies[program.name] = measure.ping_latencies(program, keys, seconds)
            for label, share in (("median", 0.5), ("99th percentile", 0.99), ("longest", 1.0)):
                values = {name: [_quantile(millis, share)] for name, millis in latencies.items()}
                section.rows.append(Row(label, values))

        self._steps.append((section.title, probe))

    def plan_bullmq(self) -> None:
        """Jobs a second of a BullMQ queue, and what a job costs the server."""
        if reason := bullmq.missing():
            print(f"bullmq: left out, {reason}", file=sys.stderr)
            return
        rate = self._section("BullMQ", "jobs/s")
        cpu = self._section("CPU a job of BullMQ", "µs")

        def step() -> None:
            runs: dict[str, list[bullmq.Jobs]] = {name: [] for name in self.names}
            for _ in range(self.effort.rounds):
                for program in self.programs:
                    runs[program.name].append(bullmq.measure(program, self.effort.jobs))
            for label in next(iter(runs.values()))[0].rates:
                rate.rows.append(Row(label, {name: [run.rates[label] for run in runs[name]] for name in runs}))
            cpu.rows.append(Row("add and process", {name: [run.cpu_micros for run in runs[name]] for name in runs}))

        self._steps.append((f"BullMQ, {self.effort.jobs:,} jobs", step))

    def run(self) -> None:
        """Take every step, saying which on stderr."""
        began = time.monotonic()
        for number, (label, step) in enumerate(self._steps, 1):
            elapsed = time.monotonic() - began
            print(f"[{number}/{len(self._steps)}] {elapsed:4.0f} s  {label}", file=sys.stderr, flush=True)
            step()
        self.complete = True
        print(f"done in {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)

    def means(self) -> list[Means]:
        """The geometric mean of the CPU ratios at each pipeline depth."""
        return [Means.of(f"pipeline {pipeline}", section) for pipeline, section in self.cpu.items()]

    def disturbance(self) -> str:
        """What other processes did meanwhile, in words; nothing where throughput was not measured."""
        if not self.others:
            return ""
        runs = sum(used > DISTURBED for used in self.others)
        return (
            f"Other processes used {median(self.others):.2f} cores (median of {len(self.others)} runs, at most "
            f"{max(self.others):.2f}); {runs} runs had more than {DISTURBED} taken from them, in the rows with a *."
        )

    def _section(self, title: str, unit: str, columns: tuple[str, ...] = ()) -> Section:
        section = Section(title, unit, columns or self.names)
        self.sections.append(section)
        return section

    def _plan_runs(
        self,
        workload: Workload,
        pipeline: int,
        programs: Sequence[Program],
        label: str,
        cpu: Section,
        rate: Section | None = None,
    ) -> None:
        effort = self.effort

        def step() -> None:
            runs = measure.throughput(programs, workload, pipeline, seconds=effort.seconds, rounds=effort.rounds)
            others = [run.others for samples in runs.values() for run in samples]
            self.others += others
            disturbed = max(others) > DISTURBED
            cpu_micros = {name: [run.cpu_micros for run in runs[name]] for name in runs}
            cpu.rows.append(Row(label, cpu_micros, disturbed))
            if rate:
                rates = {name: [run.requests_per_second for run in runs[name]] for name in runs}
                rate.rows.append(Row(label, rates, disturbed))

        self._steps.append((f"{workload.name}, pipeline {pipeline}", step))

    def _plan_row(self, section: Section, label: str, sample: Callable[[Program], list[float]]) -> None:
        def step() -> None:
            section.rows.append(Row(label, {program.name: sample(program) for program in self.programs}))

        self._steps.append((f"{section.title}: {label}", step))


def _quantile(ordered: Sequence[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]
