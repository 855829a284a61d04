"""RQ: results, dependencies, retries, schedules, registries, cancelling, the command line, a worker that stays."""

import os
from datetime import timedelta

from redis import Redis
from rq import Callback, Queue, Retry, Worker
from rq.command import send_shutdown_command, send_stop_job_command
from rq.group import Group
from rq.job import Job, JobStatus
from rq.registry import FailedJobRegistry, FinishedJobRegistry, ScheduledJobRegistry

from application import PATIENCE, URL, eventually, proven, restart_server, worker

client = Redis.from_url(URL)
queue = Queue("default", connection=client)


def add(x: int, y: int) -> int:
    return x + y


def fail() -> None:
    raise ValueError("on purpose")


def succeed_at_last() -> int:
    attempt = Redis.from_url(URL).incr("attempts")
    if attempt < 3:
        raise ValueError("not yet")
    return attempt


def double_of_dependency() -> int:
    from rq import get_current_job

    return 2 * get_current_job().dependency.return_value()


def note(name: str) -> None:
    Redis.from_url(URL).rpush("notes", name)


def report(job: Job, connection: Redis, *_: object) -> None:
    connection.rpush("reports", job.id)


def hold() -> None:
    connection = Redis.from_url(URL)
    connection.set("held", 1)
    connection.blpop("go", timeout=PATIENCE)


def process_id() -> int:
    return os.getpid()


def rq(*arguments: str, ready: str = ""):
    return worker("rq.cli", *arguments, "--url", URL, ready=ready)


def result_of(job: Job):
    eventually(lambda: job.latest_result(timeout=1), "the job")
    return job.return_value()


def main() -> None:
    burst()
    a_worker_that_stays()
    a_worker_with_processes()


def burst() -> None:
    with rq("enqueue", "--result-ttl", "60", "use_rq.add", ":4", ":5") as command:
        command.wait()
    [ordered] = queue.jobs
    added = queue.enqueue(add, 1, 2, result_ttl=60, on_success=Callback(report))
    failed = queue.enqueue(fail, on_failure=Callback(report), failure_ttl=60)
    retried = queue.enqueue(succeed_at_last, retry=Retry(max=3))
    doubled = queue.enqueue(double_of_dependency, depends_on=added)
    deferred = queue.enqueue(add, 1, 1, depends_on=failed)
    first = queue.enqueue(note, "front", at_front=True)
    cancelled = queue.enqueue(add, 5, 5)
    cancelled.cancel()
    many = queue.enqueue_many([Queue.prepare_data(note, (str(number),)) for number in range(3)])
    grouped = Group.create(connection=client)
    grouped.enqueue_many(queue, [Queue.prepare_data(add, (number, number)) for number in range(3)])
    assert queue.count == 11
    assert queue.get_job_position(first) == 0
    assert deferred.get_status() == JobStatus.DEFERRED
    with rq("worker", "--burst", "--worker-class", "rq.SimpleWorker") as running:
        running.wait()
    assert queue.count == 0
    assert added.return_value() == 3
    assert ordered.return_value() == 9
    assert added.latest_result().type.name == "SUCCESSFUL"
    assert 0 < client.ttl(added.key) <= 60
    assert added.id in FinishedJobRegistry(queue=queue)
    assert doubled.return_value(refresh=True) == 6
    assert retried.return_value() == 3
    assert cancelled.get_status() == JobStatus.CANCELED
    assert cancelled.id in queue.canceled_job_registry
    assert deferred.get_status() == JobStatus.DEFERRED
    assert client.lrange("notes", 0, -1) == [b"front", b"0", b"1", b"2"]
    assert client.lrange("reports", 0, -1) == [added.id.encode(), failed.id.encode()]
    assert all(job.is_finished for job in Job.fetch_many([job.id for job in many], connection=client))
    assert sorted(job.return_value() for job in grouped.get_jobs()) == [0, 2, 4]
    proven("jobs from the command line, results, callbacks, retries, dependencies, cancelling, groups, at the front")

    registry = FailedJobRegistry(queue=queue)
    assert registry.get_job_ids() == [failed.id]
    assert "on purpose" in failed.latest_result().exc_string
    registry.requeue(failed.id)
    assert queue.job_ids == [failed.id]
    assert len(registry) == 0
    queue.empty()
    assert not client.exists(failed.key)
    proven("the registry of failed jobs, requeueing, emptying a queue")


def a_worker_that_stays() -> None:
    with rq("worker", "--worker-class", "rq.SimpleWorker", "--name", "stays", ready="Listening on default"):
        job = queue.enqueue(process_id)
        pid = result_of(job)
        [alive] = Worker.all(connection=client)
        assert (alive.name, alive.pid) == ("stays", pid)

        # RQ survives the loss of a connection only while it waits for a job.
        eventually(lambda: any("b" in row["flags"] for row in client.client_list()), "waiting for the next job")
        restart_server()
        assert result_of(queue.enqueue(process_id)) == pid
        proven("the same worker goes on after a restart of the server")

        send_shutdown_command(client, "stays")
        eventually(lambda: not Worker.all(connection=client), "the shutdown of the worker")
        proven("a worker that is shut down by a message")


def a_worker_with_processes() -> None:
    with rq("worker", "--with-scheduler", "--name", "forks", ready="Listening on default"):
        held = queue.enqueue(hold)
        eventually(lambda: client.exists("held"))
        send_stop_job_command(client, held.id)
        eventually(lambda: held.latest_result(timeout=1))
        assert held.latest_result().type.name == "FAILED"
        assert held.get_status() == JobStatus.STOPPED
        proven("a job that is stopped by a message")

        scheduled = queue.enqueue_in(timedelta(seconds=0.2), add, 1, 1)
        assert scheduled.id in ScheduledJobRegistry(queue=queue) or scheduled.get_status() != JobStatus.SCHEDULED
        assert result_of(scheduled) == 2
        proven("scheduled jobs")
