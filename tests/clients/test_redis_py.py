"""redis-py, synchronous, in RESP2 and RESP3."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import redis
from redis.backoff import NoBackoff
from redis.cache import CacheConfig
from redis.connection import CacheProxyConnection
from redis.retry import Retry

from tests.clients.conftest import PATIENCE, Start, wait_until
from tests.processes import ServerProcess

Connect = Callable[..., "redis.Redis[str]"]


@pytest.fixture(params=[2, 3], ids=["resp2", "resp3"])
def protocol(request: pytest.FixtureRequest) -> int:
    return request.param


@pytest.fixture
def connect(protocol: int) -> Iterator[Connect]:
    """Return a function that makes a client of a server; all are closed at the end."""
    clients = []

    def make(server: ServerProcess, **options: Any) -> redis.Redis[str]:
        client = redis.Redis(host=server.host, port=server.port, protocol=protocol, decode_responses=True, **options)
        clients.append(client)
        return client

    yield make
    for client in clients:
        client.close()


@pytest.fixture
def client(connect: Connect, target: ServerProcess) -> redis.Redis[str]:
    return connect(target)


def blocked_clients(client: redis.Redis[str]) -> int:
    return client.info("clients")["blocked_clients"]


def next_message(subscriber: redis.client.PubSub) -> tuple[str, str | None, str, str | int]:
    message = subscriber.get_message(timeout=PATIENCE)
    assert message is not None
    return message["type"], message["pattern"], message["channel"], message["data"]


def test_strings(client: redis.Redis[str]) -> None:
    assert client.set("k", "v", ex=100) is True
    assert client.get("k") == "v"
    assert 0 < client.ttl("k") <= 100
    assert client.set("k", "w", nx=True) is None
    assert client.incrby("n", 5) == 5
    assert client.incrbyfloat("n", 0.5) == 5.5
    assert client.mset({"a": 1, "b": 2}) is True
    assert client.mget("a", "b", "c") == ["1", "2", None]
    assert client.delete("a", "b", "c") == 2
    with pytest.raises(redis.ResponseError, match="WRONGTYPE"):
        client.lpush("k", "x")


def test_binary_values(connect: Connect, target: ServerProcess) -> None:
    with redis.Redis(host=target.host, port=target.port) as client:
        value = bytes(range(256)) * 4096
        client.set(b"\x00\r\n", value)
        assert client.get(b"\x00\r\n") == value


def test_hashes(client: redis.Redis[str]) -> None:
    assert client.hset("h", mapping={"a": 1, "b": 2}) == 2
    assert client.hgetall("h") == {"a": "1", "b": "2"}
    assert client.hincrby("h", "a", 9) == 10
    assert client.hmget("h", "a", "x") == ["10", None]
    assert client.hdel("h", "b") == 1
    assert client.hlen("h") == 1


def test_lists(client: redis.Redis[str]) -> None:
    assert client.rpush("l", 1, 2, 3) == 3
    assert client.lrange("l", 0, -1) == ["1", "2", "3"]
    assert client.lmove("l", "m", "RIGHT", "LEFT") == "3"
    assert client.lpop("l", 2) == ["1", "2"]
    assert client.lpop("l") is None
    assert client.type("m") == "list"


def test_pipeline(client: redis.Redis[str]) -> None:
    with client.pipeline(transaction=False) as pipeline:
        for number in range(1000):
            pipeline.incr("n")
            pipeline.set(f"k{number}", number)
        replies = pipeline.execute()
    assert replies[::2] == list(range(1, 1001))
    assert client.dbsize() == 1001


def test_pipeline_goes_on_after_an_error(client: redis.Redis[str]) -> None:
    with client.pipeline(transaction=False) as pipeline:
        replies = pipeline.set("k", "v").incr("k").get("k").execute(raise_on_error=False)
    assert replies[0] is True
    assert isinstance(replies[1], redis.ResponseError)
    assert replies[2] == "v"


def test_transaction(client: redis.Redis[str]) -> None:
    with client.pipeline() as transaction:
        assert transaction.set("k", 1).incr("k").execute() == [True, 2]


def test_watch_notices_another_client(connect: Connect, target: ServerProcess) -> None:
    client, other = connect(target), connect(target)
    with client.pipeline() as transaction:
        transaction.watch("k")
        assert transaction.get("k") is None
        other.set("k", "theirs")
        transaction.multi()
        transaction.set("k", "ours")
        with pytest.raises(redis.WatchError):
            transaction.execute()
    assert client.get("k") == "theirs"


def test_optimistic_counters_lose_nothing(connect: Connect, target: ServerProcess) -> None:
    clients = [connect(target) for _ in range(4)]

    def count(client: redis.Redis[str]) -> None:
        def increment(transaction: Any) -> None:
            value = int(transaction.get("n") or 0)
            transaction.multi()
            transaction.set("n", value + 1)

        for _ in range(10):
            client.transaction(increment, "n")

    with ThreadPoolExecutor(len(clients)) as threads:
        list(threads.map(count, clients))
    assert clients[0].get("n") == "40"


def test_publish_and_subscribe(connect: Connect, target: ServerProcess) -> None:
    publisher = connect(target)
    with connect(target).pubsub() as subscriber:
        subscriber.subscribe("news")
        assert next_message(subscriber) == ("subscribe", None, "news", 1)
        subscriber.psubscribe("n?ws*")
        assert next_message(subscriber) == ("psubscribe", None, "n?ws*", 2)
        assert publisher.publish("news", "hello") == 2
        assert next_message(subscriber) == ("message", None, "news", "hello")
        assert next_message(subscriber) == ("pmessage", "n?ws*", "news", "hello")
        subscriber.unsubscribe("news")
        assert next_message(subscriber) == ("unsubscribe", None, "news", 1)
        assert publisher.publish("news-2", "again") == 1
        assert next_message(subscriber) == ("pmessage", "n?ws*", "news-2", "again")
        assert publisher.pubsub_numpat() == 1


def test_shard_channels(connect: Connect, target: ServerProcess) -> None:
    publisher = connect(target)
    with connect(target).pubsub() as subscriber:
        subscriber.ssubscribe("shard")
        assert next_message(subscriber) == ("ssubscribe", None, "shard", 1)
        assert publisher.spublish("shard", "hello") == 1
        assert next_message(subscriber) == ("smessage", None, "shard", "hello")
        assert publisher.publish("shard", "not for shards") == 0


def test_listening_thread(connect: Connect, target: ServerProcess) -> None:
    received = threading.Event()
    with connect(target).pubsub() as subscriber:
        subscriber.subscribe(c=lambda message: received.set())
        assert next_message(subscriber) == ("subscribe", None, "c", 1)
        thread = subscriber.run_in_thread(sleep_time=0.01, daemon=True)
        connect(target).publish("c", "m")
        assert received.wait(PATIENCE)
        thread.stop()
        thread.join()


def test_blocking_pop_is_served(connect: Connect, target: ServerProcess) -> None:
    client, other = connect(target), connect(target)
    with ThreadPoolExecutor(1) as threads:
        popped = threads.submit(client.blpop, ["l1", "l2"], PATIENCE)
        wait_until(lambda: blocked_clients(other) == 1)
        assert other.rpush("l2", "v") == 1
        assert tuple(popped.result(PATIENCE)) == ("l2", "v")
    assert other.exists("l2") == 0


def test_blocking_pop_times_out(client: redis.Redis[str]) -> None:
    assert client.blpop("l", timeout=0.01) is None
    assert client.blmove("l", "m", timeout=0.01) is None


def test_a_killed_client_reconnects(connect: Connect, target: ServerProcess) -> None:
    client, other = connect(target, client_name="victim"), connect(target)
    first = client.client_id()
    assert other.client_kill_filter(_id=first) == 1
    assert client.ping() is True
    assert client.client_id() != first
    assert client.client_getname() == "victim"


def test_databases_and_names(connect: Connect, target: ServerProcess, protocol: int) -> None:
    client = connect(target, db=3, client_name="tester")
    client.set("k", "v")
    info = client.client_info()
    assert (info["db"], info["name"], info["resp"]) == (3, "tester", str(protocol))
    assert connect(target).exists("k") == 0
    assert connect(target, db=3).get("k") == "v"


def test_password(connect: Connect, start: Start) -> None:
    server = start(password="s e'cret")
    at_once = Retry(NoBackoff(), 0)
    with pytest.raises(redis.AuthenticationError):
        connect(server, retry=at_once).ping()
    with pytest.raises(redis.AuthenticationError, match="invalid username-password pair"):
        connect(server, password="wrong", retry=at_once).ping()
    assert connect(server, password="s e'cret").ping() is True
    assert connect(server, username="default", password="s e'cret").ping() is True


def test_scan_iterators(client: redis.Redis[str]) -> None:
    keys = {f"key:{number}" for number in range(1000)}
    client.mset(dict.fromkeys(keys, "v"))
    client.rpush("other", 1)
    client.hset("h", mapping=dict.fromkeys(keys, "v"))
    assert set(client.scan_iter("key:*", count=50)) == keys
    assert set(client.scan_iter(count=7)) == keys | {"other", "h"}
    assert list(client.scan_iter(_type="list")) == ["other"]
    assert dict(client.hscan_iter("h", count=50)) == dict.fromkeys(keys, "v")


def test_client_side_caching(monkeypatch: pytest.MonkeyPatch, target: ServerProcess, target_name: str) -> None:
    # redis-py caches only with servers that call themselves Redis 7.4 or newer, which neither of the two does.
    monkeypatch.setattr(CacheProxyConnection, "MIN_ALLOWED_VERSION", "7.2.0")
    monkeypatch.setattr(CacheProxyConnection, "DEFAULT_SERVER_NAME", "valkey" if target_name == "valkey" else "redis")
    options: dict[str, Any] = {"host": target.host, "port": target.port, "protocol": 3, "decode_responses": True}
    with redis.Redis(**options, cache_config=CacheConfig()) as caching, redis.Redis(**options) as other:
        other.mset({"k": "1", "l": "1"})
        assert [caching.get("k"), caching.get("k"), caching.get("l")] == ["1", "1", "1"]
        cache = caching.get_cache()
        assert cache is not None
        assert cache.size == 2
        assert other.info("stats")["tracking_total_keys"] == 2
        other.set("k", "2")
        wait_until(lambda: caching.get("k") == "2")
        assert cache.size == 2
        other.flushall()
        wait_until(lambda: caching.get("l") is None)
