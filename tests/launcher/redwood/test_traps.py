"""The warnings, one by one, and none for a configuration that means what it says."""

from __future__ import annotations

from pathlib import Path

import pytest

from stubredis.launcher.redwood.redis import existing, settings_of
from stubredis.launcher.redwood.traps import warnings
from tests.launcher.redwood.trees import Files, write


def warned(environment: str) -> list[str]:
    configuration = existing(environment)
    return warnings(configuration, settings_of(configuration))


@pytest.mark.parametrize("environment", ["default", "test", "test-memurai", "kubernetes", "my-game"])
@pytest.mark.usefixtures("backend")
def test_no_warning(environment: str) -> None:
    assert warned(environment) == []


@pytest.mark.usefixtures("backend")
def test_a_later_parent_turns_the_provider_back() -> None:
    (warning,) = warned("my-game-kubernetes")
    assert warning == (
        "my-game, a later parent than kubernetes, turns the provider from redis back into memurai: say "
        "persistence.redis.provider in my-game-kubernetes itself, or put my-game before kubernetes in parentNames"
    )


def test_an_environment_may_choose_for_itself(backend: Path) -> None:
    write(
        backend,
        {
            "config/node/mine": ["kubernetes"],
            "config/node/mine/persistence.yaml": "redis: {provider: stub, password: x}",
        },
    )
    assert warned("mine") == []


@pytest.mark.parametrize(
    ("said", "start"),
    [
        ({"config/node/mine": ["production"]}, "persistence.redis.password is still 'password'"),
        (
            {
                "config/node/mine": ["kubernetes"],
                "config/node/mine/persistence/redis.yaml": "replicas: {host: replicas.local}",
            },
            "persistence.redis.replicas is replicas.local:6379, but ",
        ),
        (
            {
                "config/node/mine": ["kubernetes"],
                "config/node/mine/deployment/dependencies/redis.yaml": "values: {image: {repository: bitnami/redis}}",
            },
            "deployment.dependencies.redis.values.image.repository is bitnami/redis: the chart's own ",
        ),
        (
            {
                "config/node/mine": ["kubernetes"],
                "config/node/mine/deployment/dependencies/redis.yaml": "values: {auth: {password: other}}",
            },
            "persistence.redis.password and deployment.dependencies.redis.values.auth.password differ: ",
        ),
        (
            {
                "config/node/mine": ["kubernetes"],
                "config/node/mine/deployment/dependencies/redis.yaml": "values: {auth: {enabled: false}}",
            },
            "deployment.dependencies.redis.values.auth.enabled is false, but persistence.redis.password is set",
        ),
        (
            {
                "config/node/default/deployment/dependencies/redis.yaml": "",
                "config/node/mine/persistence.yaml": "redis:",
            },
            "persistence.redis is empty in ",
        ),
        ({"config/node/mine": ["nobody"]}, "there is no environment 'nobody' in "),
    ],
)
def test_one_warning(backend: Path, said: Files, start: str) -> None:
    write(backend, said)
    (warning,) = warned("mine")
    assert warning.startswith(start)
