"""The `compare` fixture; the steps that it takes are in steps.py."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from stubredis import keyspace
from tests.differential.comparison import Comparison
from tests.differential.sides import Oracle, Ours
from tests.processes import ServerProcess
from tests.programs import leave_out, programs


@pytest.fixture(params=[pytest.param(2, id="resp2"), pytest.param(3, id="resp3")])
def protocol(request: pytest.FixtureRequest) -> int:
    """Run each case in both protocol versions; one about a single version parametrizes `protocol`."""
    return request.param


@pytest.fixture(scope="session")
def valkey_oracle(valkey: ServerProcess) -> Iterator[Oracle]:
    oracle = Oracle("valkey-9.1", valkey)
    yield oracle
    oracle.shut()


@pytest.fixture(scope="session")
def redis_6_2_oracle(redis_6_2: ServerProcess) -> Iterator[Oracle]:
    oracle = Oracle("redis-6.2", redis_6_2)
    yield oracle
    oracle.shut()


@pytest.fixture(scope="session")
def redis_7_0_oracle(redis_7_0: ServerProcess) -> Iterator[Oracle]:
    oracle = Oracle("redis-7.0", redis_7_0)
    yield oracle
    oracle.shut()


@pytest.fixture(scope="session")
def redis_8_2_oracle(redis_8_2: ServerProcess) -> Iterator[Oracle]:
    oracle = Oracle("redis-8.2", redis_8_2)
    yield oracle
    oracle.shut()


@pytest.fixture
def oracles(request: pytest.FixtureRequest, valkey_oracle: Oracle) -> dict[str, Oracle]:
    found = {"valkey-9.1": valkey_oracle}
    for name, program, fixture in (
        ("redis-7.0", "redis-server 7.0", "redis_7_0_oracle"),
        ("redis-8.2", "redis-server 8.2", "redis_8_2_oracle"),
    ):
        redis = programs()[program]
        if redis.path or redis.required:
            found[name] = request.getfixturevalue(fixture)
        else:
            leave_out(request.config, redis)
    return found


@pytest.fixture(autouse=True)
def packing(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pack every small collection after each request in the RESP3 half of the cases, and none in the other half."""
    if "protocol" in request.fixturenames and request.getfixturevalue("protocol") == 3:
        monkeypatch.setattr(keyspace, "WARM", 0)
        monkeypatch.setattr(keyspace, "BATCH", 1)


@pytest.fixture
def compare(oracles: dict[str, Oracle], protocol: int) -> Comparison:
    """Return the function that plays steps on stubredis and on the real servers, and compares."""
    return Comparison(Ours, oracles, protocol)


@pytest.fixture(
    params=[
        pytest.param("redis-6.2", marks=pytest.mark.needs("redis-server 6.2")),
        pytest.param("redis-7.0", marks=pytest.mark.needs("redis-server 7.0")),
        pytest.param("redis-8.2", marks=pytest.mark.needs("redis-server 8.2")),
        pytest.param("valkey-9.1", marks=pytest.mark.needs("valkey")),
    ]
)
def server(request: pytest.FixtureRequest) -> Oracle:
    """Each real server that `emulate` can name."""
    fixtures = {"redis-6.2": "redis_6_2_oracle", "redis-7.0": "redis_7_0_oracle", "redis-8.2": "redis_8_2_oracle"}
    oracle: Oracle = request.getfixturevalue(fixtures.get(request.param, "valkey_oracle"))
    return oracle
