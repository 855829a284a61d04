"""The servers that can be launched: where each is found, how it is started, or that it is only watched."""

from __future__ import annotations

from stubredis.launcher.ports import is_loopback
from stubredis.launcher.settings import Address, Provider, Settings


def is_external(settings: Settings) -> bool:
    """Tell whether the servers are on other machines, so that there is nothing to launch."""
    return settings.provider is Provider.REDIS and not is_loopback(settings.master.host)


def replica_addresses(settings: Settings) -> list[Address]:
    """Return where the replicas of a master on this machine are: from their own address on, or behind its port."""
    if settings.provider is not Provider.REDIS:
        return []
    first = settings.replicas or settings.master
    if first == settings.master:
        first = Address(first.host, first.port + 1)
    return [Address(first.host, first.port + number) for number in range(settings.replica_count)]


def addresses(settings: Settings) -> list[Address]:
    """Return every address that the launched servers need, the master's first."""
    return [settings.master, *replica_addresses(settings)]
