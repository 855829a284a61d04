"""Huey with its consumer: results, pipelines, chords, schedules, retries, priorities, locks, revoking."""

import os

import redis
from huey import PriorityRedisHuey, chord, crontab, group
from huey.exceptions import RateLimitExceeded, TaskException

from application import PATIENCE, URL, eventually, proven, raises, restart_server, worker

huey = PriorityRedisHuey("jobs", url=URL)
client = redis.Redis.from_url(URL, decode_responses=True)


@huey.task()
def add(x: int, y: int) -> int:
    return x + y


@huey.task()
def total(numbers: list[int]) -> int:
    return sum(numbers)


@huey.task()
def fail() -> None:
    raise ValueError("on purpose")


@huey.task(retries=2, retry_delay=0)
def succeed_at_last() -> int:
    attempt = client.incr("attempts")
    if attempt < 3:
        raise ValueError("not yet")
    return attempt


@huey.task()
def note(name: str) -> int:
    return client.rpush("notes", name)


@huey.task()
def hold() -> str:
    """Keep the worker busy until somebody lets it go."""
    client.set("held", 1)
    return client.blpop("go", timeout=PATIENCE)[1]


@huey.task()
@huey.lock_task("only one")
def locked() -> str:
    return "done"


@huey.task()
def process_id() -> int:
    return os.getpid()


@huey.periodic_task(crontab(minute="*"))
def every_minute() -> None:
    client.set("periodic", 1)


def get(result):
    return result.get(blocking=True, timeout=PATIENCE, max_delay=0.02)


def outcome(result):
    """Return the latest result: until a task succeeds, it is that of its last attempt."""
    try:
        return result.get(preserve=True)
    except TaskException as error:
        return error
    finally:
        result.reset()


def error_of(result) -> str:
    try:
        get(result)
    except TaskException as error:
        return str(error)
    raise AssertionError("no error")


def main() -> None:
    with worker("huey.bin.huey_consumer", "use_huey.huey", ready="every_minute"):
        tasks()
        schedules()
        priorities()
        locks()
        restart()


def tasks() -> None:
    assert get(add(1, 2)) == 3
    assert "on purpose" in error_of(fail())
    retried = succeed_at_last()
    eventually(lambda: outcome(retried) == 3, "success at last")
    assert get(add.map([(1, 1), (2, 2)])) == [2, 4]
    first, second, third = huey.enqueue(add.s(1, 2).then(add, 4).then(add, 8))
    assert (get(first), get(second), get(third)) == (3, 7, 15)
    assert get(huey.enqueue(chord([add.s(1, 1), add.s(2, 2), add.s(3, 3)], total.s()))) == 12
    assert [get(result) for result in huey.enqueue(group([add.s(1, 1), add.s(2, 2)]))] == [2, 4]
    kept = add(5, 5)
    assert kept.get(blocking=True, timeout=PATIENCE, preserve=True) == 10
    assert client.hexists(huey.storage.result_key, kept.id)
    assert huey.result(kept.id) == 10
    assert not client.hexists(huey.storage.result_key, kept.id)
    proven("results, errors, retries, pipelines, groups, chords")


def schedules() -> None:
    assert get(add.schedule((1, 1), delay=0.2)) == 2
    later = add.schedule((1, 1), delay=PATIENCE)
    eventually(lambda: huey.scheduled_count() == 1)
    later.revoke()
    assert later.is_revoked()
    later.restore()
    later.reschedule(delay=0)
    proven("schedules, revoking, rescheduling")


def priorities() -> None:
    held = hold()
    eventually(lambda: client.exists("held"))
    low, high, usual = note("low", priority=-1), note("high", priority=10), note("usual", priority=1)
    revoked = note("revoked")
    revoked.revoke()
    client.rpush("go", 1)
    for result in (held, low, high, usual):
        get(result)
    assert client.lrange("notes", 0, -1) == ["high", "usual", "low"]
    proven("priorities, revoking")


def locks() -> None:
    with huey.lock_task("only one"):
        assert huey.is_locked("only one")
        assert "unable to acquire lock" in error_of(locked())
    assert get(locked()) == "done"
    with huey.lock_task("for a minute", ttl=60):
        assert 0 < client.httl(huey.storage.result_key, "jobs.lock.for a minute")[0] <= 60
    limit = huey.rate_limit("never", limit=0, per=60)
    with raises(RateLimitExceeded):
        limit.acquire()
    assert limit.current_usage() == 1
    proven("locks, with a time to live too, and rate limits")


def restart() -> None:
    pid = get(process_id())
    restart_server()
    assert get(process_id()) == pid
    proven("the same consumer goes on after a restart of the server")
