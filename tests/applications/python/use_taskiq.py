"""taskiq with its tasks in a stream and their results beside it."""

import asyncio

from taskiq_redis import RedisAsyncResultBackend, RedisStreamBroker

from application import PATIENCE, URL, proven, raises, worker

results = RedisAsyncResultBackend(URL, result_ex_time=60)
broker = RedisStreamBroker(URL, queue_name="tasks", consumer_id="0", xread_block=100).with_result_backend(results)


@broker.task
async def add(x: int, y: int) -> int:
    return x + y


@broker.task
async def fail() -> None:
    raise ValueError("on purpose")


def main() -> None:
    # Its process stays when it is asked to stop, until one more task comes, whatever the server is.
    with worker("taskiq", "worker", "use_taskiq:broker", "--workers", "1", ready="Listening started", stops=False):
        asyncio.run(tasks())


async def tasks() -> None:
    await broker.startup()
    sent = [await add.kiq(number, 3) for number in range(5)]
    received = [await task.wait_result(timeout=PATIENCE, check_interval=0.02) for task in sent]
    assert [result.return_value for result in received] == [3, 4, 5, 6, 7]
    failed = await (await fail.kiq()).wait_result(timeout=PATIENCE, check_interval=0.02)
    with raises(ValueError, text="on purpose"):
        failed.raise_for_error()
    await broker.shutdown()
    proven("tasks, results, errors")
