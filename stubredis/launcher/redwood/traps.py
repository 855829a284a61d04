"""Warnings: what a configuration says that its author probably does not mean."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from stubredis.launcher.redwood.configuration import Configuration
from stubredis.launcher.redwood.redis import CHART, REDIS
from stubredis.launcher.redwood.references import look_up
from stubredis.launcher.redwood.values import Leaf, plain
from stubredis.launcher.settings import Provider, Settings

DEFAULT_PASSWORD = "password"
"""What Redwood's environment `kubernetes` comes with."""

PRODUCTION_LIKE = ("staging", "production")
"""Redwood refuses to deploy these, and what inherits from them, with the secrets they come with."""


def warnings(configuration: Configuration, settings: Settings) -> list[str]:
    """Return one line for each trap that the configuration is in, after what the library itself would remark."""
    return [
        *configuration.remarks,
        *_wiped(configuration),
        *_provider_turned_back(configuration),
        *_default_password(configuration, settings),
        *_replicas_without_count(settings),
        *_chart(configuration, settings),
    ]


def _wiped(configuration: Configuration) -> Iterator[str]:
    for key in ("persistence", REDIS):
        found = _value(configuration, key)
        if isinstance(found, Leaf) and found.value is None:
            yield f"{key} is empty in {found.file}, which removes everything that other environments say there"


def _provider_turned_back(configuration: Configuration) -> Iterator[str]:
    """A parent that comes later than `kubernetes` wins, and takes the provider back to what it says."""
    said = [
        (environment, node)
        for environment, values in configuration.environments.layers
        if isinstance(node := _below(values, f"{REDIS}.provider"), Leaf)
    ]
    if not said:
        return
    last, winner = said[-1]
    redis = [environment for environment, node in said[:-1] if node.value == Provider.REDIS]
    if redis and winner.value != Provider.REDIS and last != configuration.environments.layers[-1][0]:
        yield (
            f"{last}, a later parent than {redis[-1]}, turns the provider from redis back into {winner.value}: say "
            f"{REDIS}.provider in {configuration.environment} itself, or put {last} before {redis[-1]} in parentNames"
        )


def _default_password(configuration: Configuration, settings: Settings) -> Iterator[str]:
    heritage = {environment for environment, _ in configuration.environments.layers}
    if settings.password == DEFAULT_PASSWORD and heritage.intersection(PRODUCTION_LIKE):
        yield f"{REDIS}.password is still '{DEFAULT_PASSWORD}', which everybody knows: Redwood refuses to deploy it"


def _replicas_without_count(settings: Settings) -> Iterator[str]:
    replicas = settings.replicas
    if replicas and replicas != settings.master and not settings.replica_count and settings.provider == Provider.REDIS:
        yield (
            f"{REDIS}.replicas is {replicas}, but {CHART}.replica.replicaCount is 0: nobody answers there, "
            "so reads go to the master"
        )


def _chart(configuration: Configuration, settings: Settings) -> Iterator[str]:
    values = _value(configuration, CHART)
    if settings.provider != Provider.REDIS or not isinstance(values, dict):
        return
    image = _plain(values, "image.repository")
    if image is None or str(image).startswith("bitnami/"):
        yield (
            f"{CHART}.image.repository is {image or 'not set'}: the chart's own images no longer pull; use "
            "bitnamilegacy/redis with global.security.allowInsecureImages, or the official image"
        )
    if _plain(values, "auth.enabled") is False:
        if settings.password:
            yield f"{CHART}.auth.enabled is false, but {REDIS}.password is set: the server will ask for none"
        return
    password = _plain(values, "global.redis.password") or _plain(values, "auth.password")
    if not _plain(values, "auth.existingSecret") and password != settings.password:
        said = "another one" if password else "none, so the chart makes one up"
        yield f"{REDIS}.password and {CHART}.auth.password differ: the chart gets {said}"


def _value(configuration: Configuration, key: str) -> Any:
    return _below(configuration.values, key)


def _plain(values: dict[str, Any], key: str) -> Any:
    node = _below(values, key)
    return None if node is None else plain(node)


def _below(values: dict[str, Any], key: str) -> Any:
    try:
        return look_up(values, key.split("."))
    except KeyError:
        return None
