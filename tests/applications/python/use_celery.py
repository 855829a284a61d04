"""Celery with broker and results on the server: canvas, schedules, retries, priorities, remote control, events."""

import threading
import uuid
from datetime import UTC, datetime, timedelta

import redis
from celery import Celery, chain, chord, group
from celery.exceptions import ChordError, TaskRevokedError

from application import PATIENCE, URL, eventually, proven, raises, restart_server, worker

app = Celery("use_celery", broker=URL, backend=URL)
app.conf.update(
    result_expires=60,
    task_track_started=True,
    task_send_sent_event=True,
    worker_send_task_events=True,
    worker_prefetch_multiplier=1,
    worker_cancel_long_running_tasks_on_connection_loss=True,
    broker_connection_retry_on_startup=True,
    broker_transport_options={"queue_order_strategy": "priority", "priority_steps": list(range(10)), "sep": ":"},
)
client = redis.Redis.from_url(URL, decode_responses=True)


@app.task
def add(x: int, y: int) -> int:
    return x + y


@app.task
def total(numbers: list[int]) -> int:
    return sum(numbers)


@app.task
def fail() -> None:
    raise ValueError("on purpose")


@app.task(bind=True, max_retries=3)
def succeed_at_last(self) -> int:
    if self.request.retries < 2:
        raise self.retry(countdown=0.1)
    return self.request.retries


@app.task(autoretry_for=(ValueError,), retry_kwargs={"max_retries": 1, "countdown": 0.1})
def fail_twice() -> None:
    client.incr("attempts")
    raise ValueError("again")


@app.task
def note(name: str) -> None:
    client.rpush("notes", name)


@app.task
def hold() -> str:
    """Keep the worker busy until somebody lets it go."""
    client.set("held", 1)
    return client.blpop("go", timeout=PATIENCE)[1]


def get(result):
    return result.get(timeout=PATIENCE)


def main() -> None:
    with worker(
        "celery", "-A", "use_celery", "worker", "--pool", "solo", "--without-mingle", "-l", "info", ready=" ready."
    ) as running:
        results()
        canvas()
        schedules_and_retries()
        priorities()
        remote_control()
        events()
        eventually(lambda: not client.exists("unacked", "unacked_index"))
        proven("every message was acknowledged")
        restart(running.pid)


def results() -> None:
    result = add.delay(2, 3)
    assert get(result) == 5
    assert result.state == "SUCCESS"
    assert 0 < client.ttl(f"celery-task-meta-{result.id}") <= 60
    result.forget()
    assert not client.exists(f"celery-task-meta-{result.id}")
    failed = fail.delay()
    with raises(ValueError, text="on purpose"):
        get(failed)
    assert failed.state == "FAILURE"
    assert "on purpose" in failed.traceback
    proven("results, errors, expiry and forgetting of results")


def canvas() -> None:
    assert get(chain(add.s(1, 2), add.s(4), add.s(8))()) == 15
    assert get(group(add.s(i, i) for i in range(10))()) == [2 * i for i in range(10)]
    assert get(chord((add.s(i, i) for i in range(10)), total.s())()) == 90
    assert get(chain(group(add.s(i, 1) for i in range(3)), total.s(), add.s(1))()) == 7
    assert get(chord(chord([add.s(1, 1), add.s(2, 2)], total.s()) for _ in range(2))(total.s())) == 12
    assert get(add.chunks(zip(range(10), range(10), strict=True), 5).group()()) == [
        [0, 2, 4, 6, 8],
        [10, 12, 14, 16, 18],
    ]
    with raises(ChordError, ValueError, text="on purpose"):
        get(chord([add.s(1, 1), fail.s()], total.s())())
    proven("chains, groups, chords, also inside one another and with an error, chunks")


def schedules_and_retries() -> None:
    assert get(add.apply_async((1, 1), countdown=0.2)) == 2
    assert get(add.apply_async((1, 1), eta=datetime.now(UTC) + timedelta(seconds=0.2))) == 2
    assert get(succeed_at_last.delay()) == 2
    with raises(ValueError):
        get(fail_twice.delay())
    assert client.get("attempts") == "2"
    expired = add.apply_async((1, 1), expires=datetime.now(UTC) - timedelta(seconds=1))
    with raises(TaskRevokedError):
        get(expired)
    proven("countdown, eta, retry, automatic retries, expired tasks")


def priorities() -> None:
    held = hold.delay()
    eventually(lambda: client.exists("held"))
    notes = [note.apply_async((f"priority {number}",), priority=number) for number in (9, 5, 0, 3)]
    assert client.llen("celery:5") == 1
    client.rpush("go", "go on")
    assert get(held) == "go on"
    for result in notes:
        get(result)
    assert client.lrange("notes", 0, -1) == [f"priority {number}" for number in (0, 3, 5, 9)]
    proven("priorities")


def remote_control() -> None:
    [(name, answer)] = app.control.ping(timeout=PATIENCE, limit=1)[0].items()
    assert answer == {"ok": "pong"}
    inspect = app.control.inspect([name], timeout=PATIENCE)
    assert [queue["name"] for queue in inspect.active_queues()[name]] == ["celery"]
    assert "use_celery.add" in inspect.registered()[name]
    assert inspect.stats()[name]["broker"]["transport"] == "redis"

    revoked = add.apply_async((1, 1), countdown=1)
    eventually(lambda: [entry["request"]["id"] for entry in inspect.scheduled()[name]] == [revoked.id])
    app.control.revoke(revoked.id, destination=[name], reply=True, timeout=PATIENCE)
    assert revoked.id in inspect.revoked()[name]
    with raises(TaskRevokedError):
        get(revoked)
    proven("ping, inspect, revoke")

    for _ in range(3):
        add.apply_async((1, 1), queue="nobody")
    with app.connection_for_write() as connection:
        assert connection.default_channel.queue_purge("nobody") == 3
    proven("purging a queue")


def events() -> None:
    kinds = ["task-sent", "task-received", "task-started", "task-succeeded"]
    seen: list[str] = []
    task_id = str(uuid.uuid4())
    listeners = client.pubsub_numpat()

    def note_event(event) -> None:
        if event.get("uuid") == task_id:
            seen.append(event["type"])
            receiver.should_stop = event["type"] == kinds[-1]

    def send_once_listened_to() -> None:
        eventually(lambda: client.pubsub_numpat() > listeners)
        add.apply_async((1, 1), task_id=task_id)

    with app.connection_for_read() as connection:
        receiver = app.events.Receiver(connection, handlers={"*": note_event})
        sender = threading.Thread(target=send_once_listened_to)
        sender.start()
        receiver.capture(timeout=PATIENCE, wakeup=False)
        sender.join()
    assert seen == kinds, seen
    proven("events")


def restart(pid: int) -> None:
    assert get(process_id.delay()) == pid
    restart_server()
    assert get(process_id.delay()) == pid
    assert get(group(add.s(i, i) for i in range(3))()) == [0, 2, 4]
    with app.connection_for_write() as connection:
        assert app.control.ping(timeout=PATIENCE, limit=1, connection=connection)
    proven("the same worker goes on after a restart of the server")


@app.task
def process_id() -> int:
    import os

    return os.getpid()
