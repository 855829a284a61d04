"""arq: jobs and results, deferred and repeated ones, retries, aborting, cron, its health check."""

import asyncio
from datetime import timedelta

from arq import Retry, create_pool, cron
from arq.connections import RedisSettings
from arq.jobs import JobStatus

from application import PATIENCE, URL, proven, raises, worker


async def add(context, x: int, y: int) -> int:
    return x + y


async def fail(context) -> None:
    raise ValueError("on purpose")


async def succeed_at_last(context) -> int:
    if context["job_try"] < 3:
        raise Retry(defer=0.05)
    return context["job_try"]


async def hold(context) -> None:
    await context["redis"].set("held", 1)
    await asyncio.sleep(PATIENCE)


async def every_second(context) -> None:
    await context["redis"].incr("ticks")


class Burst:
    """Settings of a worker that ends when there is nothing left to do."""

    functions = [add, fail, succeed_at_last]
    redis_settings = RedisSettings.from_dsn(URL)
    poll_delay = 0.05
    keep_result = 60


class Staying:
    """Settings of a worker that stays, and has a clock to follow."""

    functions = [add, hold]
    cron_jobs = [cron(every_second, second=set(range(60)))]
    redis_settings = RedisSettings.from_dsn(URL)
    poll_delay = 0.05
    allow_abort_jobs = True
    health_check_interval = 1


def main() -> None:
    asyncio.run(burst())
    with worker("arq", "use_arq.Staying", ready="Starting worker"):
        asyncio.run(staying())
        with worker("arq", "--check", "use_arq.Staying") as check:
            check.wait()
        proven("the health check")


async def burst() -> None:
    async with await create_pool(RedisSettings.from_dsn(URL)) as pool:
        added = await pool.enqueue_job("add", 1, 2)
        once = await pool.enqueue_job("add", 1, 2, _job_id="once")
        assert await pool.enqueue_job("add", 1, 2, _job_id="once") is None
        failed = await pool.enqueue_job("fail")
        retried = await pool.enqueue_job("succeed_at_last")
        deferred = await pool.enqueue_job("add", 2, 2, _defer_by=timedelta(seconds=0.2))
        expired = await pool.enqueue_job("add", 2, 2, _defer_by=0.2, _expires=0.1)
        assert await deferred.status() == JobStatus.deferred
        assert await added.status() == JobStatus.queued
        assert len(await pool.queued_jobs()) == 6
        with worker("arq", "use_arq.Burst", "--burst") as running:
            await asyncio.to_thread(running.wait)
        assert await added.result(timeout=1) == 3
        assert (await once.result_info()).success
        assert 0 < await pool.pttl(f"arq:result:{added.job_id}") <= 60_000
        assert await retried.result(timeout=1) == 3
        assert await deferred.result(timeout=1) == 4
        with raises(ValueError, text="on purpose"):
            await failed.result(timeout=1)
        assert len(await pool.all_job_results()) >= 5
        assert await pool.queued_jobs() == []
        assert expired.job_id
    proven("a burst: results, errors, retries, deferred jobs, jobs with an id of their own")


async def staying() -> None:
    async with await create_pool(RedisSettings.from_dsn(URL)) as pool:
        held = await pool.enqueue_job("hold")
        while not await pool.exists("held"):
            await asyncio.sleep(0.01)
        assert await held.status() == JobStatus.in_progress
        assert await held.abort(timeout=PATIENCE, poll_delay=0.02)
        later = await pool.enqueue_job("add", 1, 1, _defer_by=PATIENCE)
        assert await later.abort(timeout=PATIENCE, poll_delay=0.02)
        proven("aborting")
        await pool.delete("ticks")
        async with asyncio.timeout(PATIENCE):
            while not await pool.exists("ticks"):
                await asyncio.sleep(0.01)
        proven("cron")
