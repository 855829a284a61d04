"""The names that the chart's templates give, from its values."""

from __future__ import annotations

from typing import Any

import pytest

from stubredis.launcher.redwood.helm import Deployment


@pytest.mark.parametrize(
    ("values", "release", "name"),
    [
        ({}, "redis", "redis"),
        ({}, "my-redis-1", "my-redis-1"),
        ({}, "rw", "rw-redis"),
        ({"nameOverride": "cache"}, "rw", "rw-cache"),
        ({"nameOverride": "cache"}, "redis", "redis-cache"),
        ({"fullnameOverride": "store"}, "rw", "store"),
        ({}, "x" * 60, f"{'x' * 60}-re"),
        ({}, "x" * 62, "x" * 62),
    ],
)
def test_the_full_name(values: dict[str, Any], release: str, name: str) -> None:
    assert Deployment(values, release=release).full_name == name


def addresses(values: dict[str, Any]) -> list[str]:
    deployment = Deployment(values, release="redis", namespace="rw")
    return [f"{deployment.host(service.name)}:{service.port}" for service in deployment.services()]


def test_services() -> None:
    assert addresses({}) == [
        "redis-master.rw.svc.cluster.local:6379",
        "redis-replicas.rw.svc.cluster.local:6379",
        "redis-headless.rw.svc.cluster.local:6379",
    ]
    assert addresses({"architecture": "standalone", "clusterDomain": "k8s"}) == [
        "redis-master.rw.svc.k8s:6379",
        "redis-headless.rw.svc.k8s:6379",
    ]
    assert addresses({"sentinel": {"enabled": True}})[0] == "redis.rw.svc.cluster.local:26379"
    assert addresses({"master": {"service": {"ports": {"redis": 7000}}}})[0] == "redis-master.rw.svc.cluster.local:7000"


def test_replicas_that_nobody_is() -> None:
    services = {service.role: service.note for service in Deployment({"replica": {"replicaCount": 0}}).services()}
    assert services["replicas"] == "nobody answers: replica.replicaCount is 0"


@pytest.mark.parametrize(
    ("auth", "secret"),
    [
        ({}, ("redis", "redis-password")),
        ({"existingSecret": "s", "existingSecretPasswordKey": "k"}, ("s", "k")),
        ({"enabled": False}, None),
    ],
)
def test_the_secret(auth: dict[str, Any], secret: tuple[str, str] | None) -> None:
    assert Deployment({"auth": auth}).secret == secret


def test_differences() -> None:
    assert Deployment({}).differences() == [
        "FLUSHDB and FLUSHALL are disabled",
        "the master keeps its data over a restart (8Gi)",
        "the replica keeps its data over a restart (8Gi)",
        "3 replicas serve reads, a moment behind the master",
    ]
    quiet = {
        "master": {"disableCommands": [], "persistence": {"enabled": False}},
        "replica": {"replicaCount": 0},
    }
    assert Deployment(quiet).differences() == ["the master keeps nothing"]
