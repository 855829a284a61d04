"""What the launcher makes of a configuration, and what it says of one that is no good."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from stubredis.launcher.redwood import read_settings
from stubredis.launcher.settings import Address, Provider, Settings, SettingsError
from tests.launcher.redwood.trees import write

CLUSTER = Address("redis-master.redis.svc.cluster.local")


@pytest.mark.parametrize(
    ("environment", "provider", "password"),
    [
        (None, Provider.STUB, ""),
        ("default", Provider.STUB, ""),
        ("test", Provider.STUB, ""),
        ("kubernetes", Provider.REDIS, "password"),
        ("staging", Provider.REDIS, "password"),
        ("production", Provider.REDIS, "password"),
        ("test-memurai", Provider.MEMURAI, ""),
        ("my-game", Provider.MEMURAI, ""),
        ("my-game-kubernetes", Provider.MEMURAI, "password"),
        ("my-game-production", Provider.MEMURAI, "password"),
    ],
)
@pytest.mark.usefixtures("backend")
def test_a_tree_as_redwood_ships_it(environment: str | None, provider: Provider, password: str) -> None:
    settings = read_settings(environment)
    assert (settings.provider, settings.password) == (provider, password)
    assert settings.environment == (environment or "default")


@pytest.mark.usefixtures("backend")
def test_every_setting() -> None:
    settings = read_settings("production")
    assert dataclasses.replace(settings, sources={}) == Settings(
        provider=Provider.REDIS,
        password="password",
        master=CLUSTER,
        replicas=None,
        replica_count=0,
        memurai_path="memurai.exe",
        environment="production",
    )
    assert {key: Path(file).parent.name for key, file in settings.sources.items() if key.startswith("persistence")} == {
        "persistence.redis.provider": "kubernetes",
        "persistence.redis.password": "kubernetes",
        "persistence.redis.master.host": "kubernetes",
        "persistence.redis.master.port": "persistence",
        "persistence.redis.memurai.path": "persistence",
    }


def redis(root: Path, text: str) -> Settings:
    """Read what an environment that says this of Redis means."""
    write(root, {"config/node/mine/persistence/redis.yaml": text})
    return read_settings("mine")


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("{host: h, port: 7000}", Address("h", 7000)),
        ('{host: h, port: "7000"}', Address("h", 7000)),
        ("{host: h}", Address("h", 6379)),
        ("{host: h, port: null}", Address("h", 6379)),
        ('{host: h, port: ""}', Address("h", 6379)),
        ("{port: 7000}", Address("127.0.0.1", 7000)),
        ("{hostname: h, port: 7000}", Address("h", 7000)),
        ("{url: 'redis://:pw@h:7000/2'}", Address("h", 7000)),
        ("{uri: 'redis://h'}", Address("h", 6379)),
        ("h", Address("h", 6379)),
        ("'h:7000'", Address("h", 7000)),
        ("'redis://[::1]:7000'", Address("::1", 7000)),
        ("'::1'", Address("::1", 6379)),
        ("{}", None),
        ("null", None),
        ("''", None),
    ],
)
def test_addresses_are_read_leniently(backend: Path, text: str, address: Address | None) -> None:
    assert redis(backend, f"replicas: {text}").replicas == address


def test_counts_and_persistence(backend: Path) -> None:
    write(
        backend,
        {
            "config/node/mine/deployment/dependencies/redis.yaml": (
                "values: {replica: {replicaCount: 2, persistence: {enabled: true}}, master: {persistence: true}}"
            )
        },
    )
    settings = read_settings("mine")
    assert (settings.replica_count, settings.master_persistence, settings.replica_persistence) == (2, True, True)


def test_the_launcher_may_start_something_else(backend: Path) -> None:
    write(backend, {"config/node/mine/stubredis.yaml": "provider: stub"})
    assert redis(backend, "provider: redis").provider == Provider.STUB


@pytest.mark.parametrize(
    ("text", "key", "reason"),
    [
        ("provider: redsi", "provider", "'redsi' is none of stub, memurai, redis (did you mean redis?)"),
        ("provider: Redis", "provider", "'Redis' is none of stub, memurai, redis (did you mean redis?)"),
        ("provider: 7", "provider", "'7' is none of stub, memurai, redis"),
        ("provider: [redis]", "provider", "must be a single value, not a list"),
        ("password: 12345", "password", "the password must be text: put 12345 in quotes"),
        ("password: true", "password", "the password must be text: put true in quotes"),
        ("password: {a: 1}", "password", "must be a single value, not a mapping"),
        ("master: {port: abc}", "master.port", "'abc' is no port; it must be between 1 and 65535"),
        ("master: {port: 65536}", "master.port", "'65536' is no port; it must be between 1 and 65535"),
        ("master: {port: 1.5}", "master.port", "'1.5' is no port; it must be between 1 and 65535"),
        ("master: {port: true}", "master.port", "'true' is no port; it must be between 1 and 65535"),
        ("master: {host: 7}", "master.host", "must be the name of a host, not 7"),
        ("master: 7", "master", "'7' is no address of a server"),
        ("master: http://h", "master", "'http://h' is no address of a server"),
        ("master: [h]", "master", "must be a mapping with host and port"),
        ("memurai: {path: 7}", "memurai.path", "must be text, not 7"),
    ],
)
def test_values_that_are_no_good(backend: Path, text: str, key: str, reason: str) -> None:
    with pytest.raises(SettingsError) as caught:
        redis(backend, text)
    file = backend / "config" / "node" / "mine" / "persistence" / "redis.yaml"
    assert str(caught.value) == f"{file}: persistence.redis.{key}: {reason}"


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ("replica: {replicaCount: many}", "replica.replicaCount: must be a whole number, not 'many'"),
        ("replica: {replicaCount: -1}", "replica.replicaCount: must be a whole number, not '-1'"),
        ("master: {persistence: {enabled: maybe}}", "master.persistence: enabled must be true or false, not 'maybe'"),
    ],
)
def test_values_of_the_chart_that_are_no_good(backend: Path, values: str, reason: str) -> None:
    write(backend, {"config/node/mine/deployment/dependencies/redis.yaml": f"values: {{{values}}}"})
    with pytest.raises(SettingsError) as caught:
        read_settings("mine")
    assert str(caught.value).endswith(f"redis.yaml: deployment.dependencies.redis.values.{reason}")


@pytest.mark.usefixtures("backend")
def test_an_environment_that_is_not_there() -> None:
    with pytest.raises(SettingsError, match=r"no environment 'producton' in .*; did you mean production or "):
        read_settings("producton")


def test_a_password_that_is_a_secret(backend: Path) -> None:
    write(backend, {".secrets": "pw=s3cret", "config/node/mine/secrets.yaml": "provider: local"})
    assert redis(backend, "password: secret|pw").password == "s3cret"
