"""Servers on other machines: nothing is launched, they are only watched."""

from __future__ import annotations

from stubredis.launcher.output import Printer
from stubredis.launcher.settings import Settings
from stubredis.launcher.states import Policy
from stubredis.launcher.watching import Watch


def watches(settings: Settings, printer: Printer, policy: Policy) -> list[Watch]:
    """Return the master and its replicas, which are one address: that of the service before them.

    Without replicas the master serves the reads too.
    """
    master, replicas, source = settings.master, settings.replicas, settings.sources.get
    where = source("persistence.redis.master", "")
    members = [Watch("master", master, settings.password, printer, policy, role="master", source=where)]
    if replicas and replicas != master and settings.replica_count:
        where = source("persistence.redis.replicas", "")
        members.append(Watch("replica", replicas, settings.password, printer, policy, role="slave", source=where))
    return members
