"""The measurements themselves: each starts the servers it needs, returns its samples and prints nothing."""

import csv
import resource
import shutil
import subprocess
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from benchmarks.growth import SCAN, Operation
from benchmarks.servers import Program, Server, busy_seconds, running
from benchmarks.wire import RequestError
from benchmarks.workloads import CLIENTS, KEYS, Dataset, Workload, mixed_keyspace

PROBE_INTERVAL = 0.001
MOST_OPERATIONS = 200_000


@dataclass(frozen=True)
class Run:
    """One run of redis-benchmark against one server."""

    cpu_micros: float
    requests_per_second: float
    others: float
    """Cores that neither the server nor redis-benchmark used: the rest of the machine, which disturbs."""


def throughput(
    programs: Sequence[Program], workload: Workload, pipeline: int, *, seconds: float, rounds: int
) -> dict[str, list[Run]]:
    """Run the workload on each server in turn, and all of that `rounds` times, so that noise hits all alike.

    Each run has a fresh server to itself: no keyspace of an earlier run, no other server at work.
    """
    requests = workload.requests_for(seconds, pipeline)
    runs: dict[str, list[Run]] = {program.name: [] for program in programs}
    for _ in range(rounds):
        for program in programs:
            with running(program) as server:
                server.load(workload.prepare(requests))
                runs[program.name].append(_run(server, workload, pipeline, requests))
    return runs


def start_millis(program: Program, starts: int) -> list[float]:
    """Milliseconds from spawning the process to its first PONG, once for each start."""
    millis = []
    for _ in range(starts):
        began = time.perf_counter()
        with running(program):
            millis.append((time.perf_counter() - began) * 1e3)
    return millis


def empty_mebibytes(program: Program) -> list[float]:
    """Resident memory of a server that has answered one PING."""
    with running(program) as server:
        return [server.resident() / 2**20]


def bytes_a_key(program: Program, dataset: Dataset, most_keys: int) -> list[float]:
    """What resident memory grew by while the dataset was loaded, divided by its keys."""
    with running(program) as server:
        before = server.resident()
        server.load(dataset.load(most_keys))
        return [(server.resident() - before) / dataset.keys(most_keys)]


def operation_micros(program: Program, operation: Operation, size: int, seconds: float) -> list[float]:
    """CPU of one operation on a collection of this size, pipelined by 16, in microseconds."""
    with running(program) as server, server.connect() as connection:
        server.load(operation.prepare(size))
        count, used = 1_000, 0.0
        while True:
            before = server.cpu()
            if operation is SCAN:
                connection.scan(count)
            else:
                connection.run(operation.requests(size, count), pipeline=16)
            used = server.cpu() - before
            if used >= seconds or count >= MOST_OPERATIONS:
                return [used * 1e6 / count]
            count = min(int(count * max(1.2 * seconds / max(used, 1e-4), 2.0)), MOST_OPERATIONS)


def idle_millis(program: Program, connections: int, seconds: float) -> list[float]:
    """Milliseconds of CPU a second used by a server with that many connections that say nothing."""
    _allow_open_files(connections + 100)
    with running(program) as server, ExitStack() as stack:
        for _ in range(connections):
            connection = stack.enter_context(server.connect())
            connection.ask(b"PING")
        time.sleep(0.2)
        before = server.cpu()
        began = time.perf_counter()
        time.sleep(seconds)
        return [(server.cpu() - before) * 1e3 / (time.perf_counter() - began)]


def ping_latencies(program: Program, keys: int, seconds: float) -> list[float]:
    """Milliseconds each PING took, sorted: one a millisecond while others write to a large keyspace.

    The writers are four connections of redis-benchmark that make new hashes and change old ones: container
    objects, whose allocation is what sets off a collection in Python.
    """
    millis = []
    with running(program) as server, server.connect() as connection:
        server.load(mixed_keyspace(keys))
        argv = ("HSET", "hash:__rand_int__", "field", "xxx")
        writers = subprocess.Popen(
            [*_redis_benchmark(server, clients=4, requests=2**31 - 1, pipeline=1, keys=keys), *argv],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            end = time.perf_counter() + seconds
            while (began := time.perf_counter()) < end:
                connection.ask(b"PING")
                took = time.perf_counter() - began
                millis.append(took * 1e3)
                time.sleep(max(0.0, PROBE_INTERVAL - took))
            if writers.poll() is not None:
                raise RequestError(f"redis-benchmark ended early on {program.name}")
        finally:
            writers.kill()
            writers.wait()
    return sorted(millis)


def redis_benchmark_path() -> str | None:
    """Where redis-benchmark is, if it is."""
    return shutil.which("redis-benchmark")


def _run(server: Server, workload: Workload, pipeline: int, requests: int) -> Run:
    options = _redis_benchmark(server, clients=CLIENTS, requests=requests, pipeline=pipeline, keys=KEYS)
    before, client, machine = server.cpu(), _client_cpu(), busy_seconds()
    began = time.perf_counter()
    done = subprocess.run([*options, *workload.argv], check=False, stdin=subprocess.DEVNULL, capture_output=True)
    took = time.perf_counter() - began
    cpu = server.cpu() - before
    others = busy_seconds() - machine - cpu - (_client_cpu() - client)
    if done.returncode != 0:
        name = server.program.name
        raise RequestError(f"{workload.name} on {name}: {done.stderr.decode(errors='replace').strip()}")
    row = list(csv.reader(done.stdout.decode().splitlines()))[-1]
    return Run(cpu_micros=cpu * 1e6 / requests, requests_per_second=float(row[1]), others=others / took)


def _client_cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _redis_benchmark(server: Server, *, clients: int, requests: int, pipeline: int, keys: int) -> list[str]:
    options = {"-p": server.port, "-c": clients, "-n": requests, "-P": pipeline, "-r": keys}
    words = [word for option, value in options.items() for word in (option, str(value))]
    return [redis_benchmark_path() or "redis-benchmark", *words, "-q", "--csv"]


def _allow_open_files(count: int) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < count:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(count, hard), hard))
