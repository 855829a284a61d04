"""Tests with the image through testcontainers: pip install "testcontainers[redis]" pytest redis."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import redis
from testcontainers.community.redis import RedisContainer  # before version 4.15: testcontainers.redis
from testcontainers.core.container import DockerContainer
from testcontainers.core.wait_strategies import LogMessageWaitStrategy

IMAGE = "registry.example.com/stubredis:0.1.0"


@pytest.fixture(scope="session")
def by_ping() -> Iterator[redis.Redis]:
    """The ready-made container for Redis takes our image as it is: it waits for the answer to PING."""
    with RedisContainer(IMAGE, password="secret") as container:
        yield container.get_client(decode_responses=True)


@pytest.fixture(scope="session")
def by_log() -> Iterator[redis.Redis]:
    """Any container, with arguments of redis-server, which is ready when its log says so."""
    container = DockerContainer(IMAGE).with_command("--emulate redis-7.2").with_exposed_ports(6379)
    with container.waiting_for(LogMessageWaitStrategy("Ready to accept connections")):
        port = container.get_exposed_port(6379)
        yield redis.Redis(container.get_container_host_ip(), port, decode_responses=True)


@pytest.mark.parametrize("name", ["by_ping", "by_log"])
def test_counting(name: str, request: pytest.FixtureRequest) -> None:
    client = request.getfixturevalue(name)
    assert [client.incr("visits") for _ in range(3)] == [1, 2, 3]
