"""redis-py on asyncio, in RESP2 and RESP3."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from redis import ResponseError, WatchError
from redis.asyncio import Redis
from redis.asyncio.client import PubSub

from tests.clients.conftest import PATIENCE, Start
from tests.processes import ServerProcess

Connect = Callable[..., "Redis[str]"]


@pytest.fixture(params=[2, 3], ids=["resp2", "resp3"])
async def connect(request: pytest.FixtureRequest) -> AsyncIterator[Connect]:
    """Return a function that makes a client of a server; all are closed at the end."""
    clients = []

    def make(server: ServerProcess, **options: Any) -> Redis[str]:
        client = Redis(host=server.host, port=server.port, protocol=request.param, decode_responses=True, **options)
        clients.append(client)
        return client

    yield make
    for client in clients:
        await client.aclose()


async def next_message(subscriber: PubSub) -> tuple[str, str | None, str, str | int]:
    message = await subscriber.get_message(timeout=PATIENCE)
    assert message is not None
    return message["type"], message["pattern"], message["channel"], message["data"]


async def until_blocked(client: Redis[str], count: int) -> None:
    async with asyncio.timeout(PATIENCE):
        while (await client.info("clients"))["blocked_clients"] != count:
            pass


async def test_basic_types(connect: Connect, target: ServerProcess) -> None:
    client = connect(target)
    assert await client.set("k", "v", px=100_000) is True
    assert await client.getdel("k") == "v"
    assert await client.hset("h", mapping={"a": 1}) == 1
    assert await client.hgetall("h") == {"a": "1"}
    assert await client.rpush("l", 1, 2) == 2
    assert await client.lrange("l", 0, -1) == ["1", "2"]
    with pytest.raises(ResponseError, match="WRONGTYPE"):
        await client.get("l")


async def test_many_clients_at_once(connect: Connect, target: ServerProcess) -> None:
    client = connect(target, max_connections=200)
    replies = await asyncio.gather(*(client.incr("n") for _ in range(200)))
    assert sorted(replies) == list(range(1, 201))


async def test_pipeline_and_transaction(connect: Connect, target: ServerProcess) -> None:
    client = connect(target)
    async with client.pipeline(transaction=False) as pipeline:
        assert await pipeline.set("k", 1).incr("k").execute() == [True, 2]
    async with client.pipeline() as transaction:
        await transaction.watch("k")
        await client.set("k", 10)
        transaction.multi()
        transaction.incr("k")
        with pytest.raises(WatchError):
            await transaction.execute()
    assert await client.get("k") == "10"


async def test_publish_and_subscribe(connect: Connect, target: ServerProcess) -> None:
    publisher = connect(target)
    async with connect(target).pubsub() as subscriber:
        await subscriber.subscribe("c")
        assert await next_message(subscriber) == ("subscribe", None, "c", 1)
        await subscriber.psubscribe("[cd]")
        assert await next_message(subscriber) == ("psubscribe", None, "[cd]", 2)
        assert await publisher.publish("c", "m") == 2
        assert await next_message(subscriber) == ("message", None, "c", "m")
        assert await next_message(subscriber) == ("pmessage", "[cd]", "c", "m")


async def test_blocking_pops_are_served_in_order(connect: Connect, target: ServerProcess) -> None:
    client = connect(target)
    waiting = []
    for count in (1, 2):
        waiting.append(asyncio.create_task(client.blpop(["l"], timeout=PATIENCE)))
        await until_blocked(client, count)
    await client.rpush("l", "first", "second")
    assert [tuple(popped) for popped in await asyncio.gather(*waiting)] == [("l", "first"), ("l", "second")]


async def test_a_cancelled_pop_takes_nothing(connect: Connect, target: ServerProcess) -> None:
    client = connect(target)
    popping = asyncio.create_task(client.blpop(["l"], timeout=0))
    await until_blocked(client, 1)
    popping.cancel()
    with pytest.raises(asyncio.CancelledError):
        await popping
    await until_blocked(client, 0)
    assert await client.rpush("l", "v") == 1
    assert await client.llen("l") == 1


async def test_a_killed_client_reconnects(connect: Connect, target: ServerProcess) -> None:
    client = connect(target, single_connection_client=True)
    first = await client.client_id()
    assert await connect(target).client_kill_filter(_id=first) == 1
    assert await client.ping() is True
    assert await client.client_id() != first


async def test_password(connect: Connect, start: Start) -> None:
    server = start(password="secret")
    assert await connect(server, username="default", password="secret").ping() is True


async def test_scan_iterators(connect: Connect, target: ServerProcess) -> None:
    client = connect(target)
    keys = {f"key:{number}" for number in range(500)}
    await client.mset(dict.fromkeys(keys, "v"))
    await client.hset("h", mapping=dict.fromkeys(keys, "v"))
    assert {key async for key in client.scan_iter("key:*")} == keys
    assert {field async for field, _ in client.hscan_iter("h")} == keys
