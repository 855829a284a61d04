"""taskiq with its streams, lists and schedules on Redis."""

import asyncio

from taskiq_redis import ListQueueBroker, RedisAsyncResultBackend, RedisStreamBroker

from application import PATIENCE, URL, proven, worker

results = RedisAsyncResultBackend(URL, result_ex_time=60)
streams = RedisStreamBroker(URL, queue_name="stream", consumer_id="0", xread_block=100).with_result_backend(results)
lists = ListQueueBroker(URL, queue_name="list").with_result_backend(results)


@streams.task
async def add(x: int, y: int) -> int:
    return x + y


@streams.task
async def fail() -> None:
    raise ValueError("on purpose")


@lists.task
async def multiply(x: int, y: int) -> int:
    return x * y


def main() -> None:
    for broker in ("streams", "lists"):
        with worker(
            "taskiq", "worker", f"use_taskiq:{broker}", "--workers", "1", ready="Listening started", stops=False
        ):
            asyncio.run(use(broker))


async def use(name: str) -> None:
    broker = {"streams": streams, "lists": lists}[name]
    await broker.startup()
    task = {"streams": add, "lists": multiply}[name]
    sent = [await task.kiq(number, 3) for number in range(5)]
    got = [(await task.wait_result(timeout=PATIENCE, check_interval=0.02)).return_value for task in sent]
    assert got == ([3, 4, 5, 6, 7] if name == "streams" else [0, 3, 6, 9, 12])
    if name == "streams":
        failed = await (await fail.kiq()).wait_result(timeout=PATIENCE, check_interval=0.02)
        assert failed.is_err
        assert "on purpose" in str(failed.error)
    await broker.shutdown()
    proven(f"tasks and results through {name}")
