"""redis-py beyond single commands: locks, scripts, pools, its cache, reconnecting."""

import asyncio
import threading

import redis
import redis.asyncio
from redis.backoff import ConstantBackoff
from redis.cache import CacheConfig
from redis.exceptions import LockError, LockNotOwnedError
from redis.retry import Retry

from application import PATIENCE, URL, eventually, proven, raises, restart_server

client = redis.Redis.from_url(URL, decode_responses=True)


def main() -> None:
    locks()
    asyncio.run(locks_of_asyncio())
    scripts()
    pools()
    cache()
    streams()
    restart()


def locks() -> None:
    lock = client.lock("lock", timeout=10)
    assert lock.acquire()
    assert lock.locked()
    assert lock.owned()
    other = client.lock("lock", timeout=10)
    assert not other.acquire(blocking=False)
    assert not other.acquire(blocking_timeout=0.02)
    assert lock.extend(20)
    assert 20_000 < client.pttl("lock") <= 30_000
    assert lock.extend(5, replace_ttl=True)
    assert client.pttl("lock") <= 5_000
    assert lock.reacquire()
    assert 5_000 < client.pttl("lock") <= 10_000
    client.set("lock", "somebody else")
    assert not lock.owned()
    for use in (lock.reacquire, lambda: lock.extend(1), lock.release):
        with raises(LockNotOwnedError):
            use()
        assert client.get("lock") == "somebody else"
    client.delete("lock")
    with raises(LockError), client.lock("lock"), client.lock("lock", blocking_timeout=0.01):
        pass
    assert not client.exists("lock")

    counter = []

    def work() -> None:
        for _ in range(10):
            with client.lock("contended", sleep=0.001, blocking_timeout=PATIENCE):
                counter.append(len(counter))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counter == list(range(40))
    proven("locks: contention, extending, reacquiring, losing")


async def locks_of_asyncio() -> None:
    async with redis.asyncio.Redis.from_url(URL) as connection:
        inside = 0

        async def work() -> None:
            nonlocal inside
            async with connection.lock("contended", timeout=10, sleep=0.001, blocking_timeout=PATIENCE):
                inside += 1
                assert inside == 1
                await connection.ping()
                inside -= 1

        await asyncio.gather(*(work() for _ in range(10)))
        lock = connection.lock("lock", timeout=10)
        assert await lock.acquire()
        assert await lock.extend(10)
        assert await lock.reacquire()
        await lock.release()
        assert not await lock.locked()
    proven("locks of redis.asyncio")


def scripts() -> None:
    multiply = client.register_script("return redis.call('GET', KEYS[1]) * ARGV[1]")
    client.set("number", 6)
    assert multiply(keys=["number"], args=[7]) == 42
    client.script_flush()
    assert multiply(keys=["number"], args=[7]) == 42
    client.script_flush()
    with client.pipeline() as pipe:
        pipe.incr("number")
        multiply(keys=["number"], args=[2], client=pipe)
        assert pipe.execute() == [7, 14]

    def double(pipe) -> None:
        value = int(pipe.get("number"))
        pipe.multi()
        pipe.set("number", 2 * value)

    assert client.transaction(double, "number") == [True]
    assert client.get("number") == "14"
    proven("scripts, also in pipelines, and transactions that watch")


def pools() -> None:
    pool = redis.BlockingConnectionPool.from_url(URL, max_connections=2, decode_responses=True)
    with redis.Redis.from_pool(pool) as pooled:
        threads = [threading.Thread(target=pooled.incr, args=("pooled",)) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert pooled.get("pooled") == "8"
        assert len([row for row in client.client_list() if row["cmd"] in ("incr", "incrby", "get")]) <= 2
    proven("a pool with a bound")


def cache() -> None:
    with redis.Redis.from_url(URL, protocol=3, decode_responses=True, cache_config=CacheConfig(max_size=3)) as cached:
        client.set("cached", "old")
        assert cached.get("cached") == "old"
        calls = lambda: client.info("commandstats")["cmdstat_get"]["calls"]  # noqa: E731
        before = calls()
        assert [cached.get("cached") for _ in range(5)] == ["old"] * 5
        assert calls() == before
        client.set("cached", "new")
        eventually(lambda: cached.get("cached") == "new", "the invalidation")
        cached.mget("a", "b")
        for name in "abcd":
            cached.get(name)
        assert 0 < cached.get_cache().size <= 3
        client.flushall()
        eventually(lambda: cached.get("cached") is None, "the invalidation of everything")
    proven("client-side caching with RESP3")


def streams() -> None:
    client.xgroup_create("stream", "group", mkstream=True)
    first = client.xadd("stream", {"field": "value"})
    assert client.xreadgroup("group", "me", {"stream": ">"}, block=1000) in (
        [["stream", [(first, {"field": "value"})]]],
        {"stream": [[(first, {"field": "value"})]]},
    )
    assert client.xpending("stream", "group")["pending"] == 1
    assert client.xautoclaim("stream", "group", "other", min_idle_time=0)[1] == [(first, {"field": "value"})]
    assert client.xack("stream", "group", first) == 1
    proven("a stream with a group")


def restart() -> None:
    received: list[str] = []
    lasting = redis.Redis.from_url(URL, decode_responses=True, retry=Retry(ConstantBackoff(0.05), 200))
    subscriber = lasting.pubsub(ignore_subscribe_messages=True)
    subscriber.subscribe(news=lambda message: received.append(message["data"]))
    subscriber.psubscribe(**{"n?ws": lambda message: received.append(message["pattern"])})
    listener = subscriber.run_in_thread(sleep_time=0.05, daemon=True)
    eventually(lambda: client.publish("news", "before") == 2)
    eventually(lambda: sorted(received) == ["before", "n?ws"])
    assert lasting.set("key", "value")
    restart_server()
    received.clear()
    assert lasting.get("key") is None
    eventually(lambda: lasting.publish("news", "after") == 2, "the subscription after the restart")
    eventually(lambda: {"after", "n?ws"} <= set(received))
    listener.stop()
    listener.join()
    lock = lasting.lock("lock", timeout=10)
    assert lock.acquire()
    assert lock.extend(1)
    lock.release()
    proven("subscriptions, requests and scripts after a restart of the server")
