"""Dramatiq and its broker, which is a script in Lua: results, pipelines, groups, delays, retries, dead letters."""

import os

import dramatiq
import redis
from dramatiq import group, pipeline
from dramatiq.brokers.redis import RedisBroker
from dramatiq.rate_limits import ConcurrentRateLimiter, WindowRateLimiter
from dramatiq.rate_limits.backends import RedisBackend as RateLimits
from dramatiq.results import Results
from dramatiq.results.backends import RedisBackend
from dramatiq.results.errors import ResultFailure

from application import PATIENCE, URL, eventually, proven, raises, restart_server, worker

# How long a worker waits before it looks again for messages, and for a server that is gone, in milliseconds.
os.environ["dramatiq_worker_timeout"] = os.environ["dramatiq_restart_delay"] = "100"  # noqa: SIM112

broker = RedisBroker(url=URL)
broker.add_middleware(Results(backend=RedisBackend(url=URL)))
dramatiq.set_broker(broker)
client = redis.Redis.from_url(URL, decode_responses=True)


@dramatiq.actor(store_results=True)
def add(x: int, y: int) -> int:
    return x + y


@dramatiq.actor(store_results=True, max_retries=0)
def fail() -> None:
    raise ValueError("on purpose")


@dramatiq.actor(store_results=True, max_retries=3, min_backoff=1, max_backoff=2)
def succeed_at_last() -> int:
    attempt = client.incr("attempts")
    if attempt < 3:
        raise ValueError("not yet")
    return attempt


@dramatiq.actor(queue_name="letters", max_retries=1, min_backoff=1, max_backoff=2)
def never_succeed() -> None:
    raise ValueError("never")


@dramatiq.actor(store_results=True)
def process_id() -> int:
    return os.getpid()


def get(message):
    # The client's timeout for reading is shorter than what blocks here.
    eventually(lambda: client.exists(broker.middleware[-1].backend.build_message_key(message)), "the result")
    return message.get_result()


def main() -> None:
    with worker("dramatiq", "use_dramatiq", "--processes", "1", "--threads", "2", ready="ready for action"):
        results()
        retries()
        rate_limits()
        restart()


def results() -> None:
    assert get(add.send(1, 2)) == 3
    assert get(add.send_with_options(args=(1, 2), delay=200)) == 3
    assert (
        pipeline([add.message(1, 2), add.message(3), add.message(4)]).run().get_result(block=True, timeout=4000) == 10
    )
    grouped = group([add.message(number, number) for number in range(10)]).run()
    assert list(grouped.get_results(block=True, timeout=4000)) == [2 * number for number in range(10)]
    failed = fail.send()
    with raises(ResultFailure, text="on purpose"):
        get(failed)
    proven("results, delays, pipelines, groups, errors")


def retries() -> None:
    assert get(succeed_at_last.send()) == 3
    dead = never_succeed.send()
    eventually(lambda: client.zcard("dramatiq:letters.XQ"))
    assert client.hkeys("dramatiq:letters.XQ.msgs") == client.zrange("dramatiq:letters.XQ", 0, -1)
    for name in ("default", "letters"):
        broker.join(name, timeout=PATIENCE * 1000)
        eventually(lambda name=name: not client.exists(f"dramatiq:{name}", f"dramatiq:{name}.msgs"))
    assert dead.message_id
    proven("retries, dead letters, an empty queue in the end")


def rate_limits() -> None:
    backend = RateLimits(client=redis.Redis.from_url(URL))
    one = ConcurrentRateLimiter(backend, "one", limit=1)
    with one.acquire(raise_on_failure=False) as first, one.acquire(raise_on_failure=False) as second:
        assert (first, second) == (True, False)
    window = WindowRateLimiter(backend, "window", limit=2, window=60)
    acquired = []
    for _ in range(3):
        with window.acquire(raise_on_failure=False) as ok:
            acquired.append(ok)
    assert acquired == [True, True, False]
    proven("rate limits")


def restart() -> None:
    pid = get(process_id.send())
    restart_server()
    assert get(process_id.send()) == pid
    assert get(add.send_with_options(args=(1, 2), delay=10)) == 3
    proven("the same worker goes on after a restart of the server")
