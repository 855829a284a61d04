"""channels_redis: both of its layers, with channels, groups, capacity, expiry."""

import asyncio
import contextlib

from channels.exceptions import ChannelFull
from channels_redis.core import RedisChannelLayer
from channels_redis.pubsub import RedisPubSubChannelLayer
from redis.exceptions import ConnectionError as NotConnected

from application import PATIENCE, URL, proven, raises, restart_server


def main() -> None:
    asyncio.run(queues())
    asyncio.run(publications())


async def receive(layer, channel: str):
    async with asyncio.timeout(PATIENCE):
        return await layer.receive(channel)


async def queues() -> None:
    layer = RedisChannelLayer(hosts=[URL], capacity=3, channel_capacity={"wide*": 10}, expiry=60)
    await layer.send("plain", {"type": "test", "number": 1})
    assert await receive(layer, "plain") == {"type": "test", "number": 1}

    own, other = await layer.new_channel(), await layer.new_channel("prefix")
    waiting = asyncio.create_task(receive(layer, own))
    await layer.send(other, {"type": "for other"})
    await layer.send(own, {"type": "for own"})
    assert (await waiting)["type"] == "for own"
    assert (await receive(layer, other))["type"] == "for other"
    proven("sending and receiving, also on channels of this process")

    for _ in range(3):
        await layer.send("full", {"type": "test"})
    with raises(ChannelFull):
        await layer.send("full", {"type": "test"})
    for _ in range(5):
        await layer.send("wide", {"type": "test"})
    proven("capacities")

    for channel in ("one", "two", "full", own):
        await layer.group_add("group", channel)
    await layer.group_discard("group", "two")
    await layer.group_send("group", {"type": "to all", "bytes": b"\x00\xff"})
    assert await receive(layer, "one") == {"type": "to all", "bytes": b"\x00\xff"}
    assert (await receive(layer, own))["type"] == "to all"
    for _ in range(3):
        assert (await receive(layer, "full"))["type"] == "test"
    with raises(TimeoutError):
        await asyncio.wait_for(layer.receive("two"), 0.1)
    proven("groups, members that are full or have left, giving up")
    await layer.send("two", {"type": "after giving up"})
    assert (await receive(layer, "two"))["type"] == "after giving up"

    brief = RedisChannelLayer(hosts=[URL], expiry=1, prefix="brief")
    await brief.send("short", {"type": "test"})
    connection = brief.connection(brief.consistent_hash("short"))
    async with asyncio.timeout(PATIENCE):
        while await connection.exists("briefshort"):
            await asyncio.sleep(0.02)
    proven("expiry")
    await layer.flush()
    assert await connection.keys("asgi*") == []
    await layer.close_pools()
    await brief.close_pools()
    proven("flushing")


async def publications() -> None:
    layers = [RedisPubSubChannelLayer(hosts=[URL]) for _ in range(2)]
    channels = [await layer.new_channel() for layer in layers]
    for layer, channel in zip(layers, channels, strict=True):
        await layer.group_add("group", channel)
    await layers[0].send(channels[1], {"type": "to one"})
    assert (await receive(layers[1], channels[1]))["type"] == "to one"
    await layers[0].group_send("group", {"type": "to all"})
    for layer, channel in zip(layers, channels, strict=True):
        assert (await receive(layer, channel))["type"] == "to all"
    await layers[1].group_discard("group", channels[1])
    await layers[0].group_send("group", {"type": "to all"})
    assert (await receive(layers[0], channels[0]))["type"] == "to all"
    await layers[1].group_add("group", channels[1])
    proven("publishing to channels and groups")

    await asyncio.to_thread(restart_server)
    received = asyncio.create_task(receive(layers[1], channels[1]))
    while not received.done():
        with contextlib.suppress(NotConnected):
            await layers[0].group_send("group", {"type": "after the restart"})
        await asyncio.wait([received], timeout=0.05)
    assert (await received)["type"] == "after the restart"
    for layer in layers:
        await layer.flush()
    proven("subscriptions come back after a restart of the server")
