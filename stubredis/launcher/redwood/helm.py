"""What a deployment makes of a configuration: the names that Bitnami's chart of Redis gives to its services.

The rules are those of the chart's templates: the full name is `fullnameOverride`, or the release alone if it holds the
chart's name, else both, cut to 63 characters; replicas have a service in the architecture `replication` only, and with
sentinels there is one service for all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

CHART = "redis"
SENTINEL_PORT = 26379
REDIS_PORT = 6379
NAME_LENGTH = 63


@dataclass(frozen=True)
class Service:
    """A service of the cluster, and what it is for."""

    role: str
    name: str
    port: int
    note: str


class Deployment:
    """The chart with these values under the name of a release."""

    def __init__(self, values: dict[str, Any], *, release: str = "redis", namespace: str = "default") -> None:
        self.values = values
        self.release = release
        self.namespace = namespace

    def value(self, key: str, default: Any) -> Any:
        """Return a value, the chart's default where the values say nothing."""
        node: Any = self.values
        for part in key.split("."):
            node = node.get(part) if isinstance(node, dict) else None
        return default if node is None else node

    @property
    def full_name(self) -> str:
        """The name that all others begin with."""
        name = str(self.value("nameOverride", CHART))
        combined = self.release if name in self.release else f"{self.release}-{name}"
        return str(self.value("fullnameOverride", "") or combined)[:NAME_LENGTH].removesuffix("-")

    @property
    def secret(self) -> tuple[str, str] | None:
        """The secret and its key that hold the password; None without one."""
        if not self.value("auth.enabled", True):
            return None
        key = self.value("auth.existingSecretPasswordKey", "") or "redis-password"
        return str(self.value("auth.existingSecret", "") or self.full_name), str(key)

    @property
    def replica_count(self) -> int:
        """How many replicas there are."""
        replicated = self.value("architecture", "replication") == "replication"
        return int(self.value("replica.replicaCount", 3)) if replicated else 0

    def host(self, service: str) -> str:
        """Return the name by which the whole cluster knows a service."""
        return f"{service}.{self.namespace}.svc.{self.value('clusterDomain', 'cluster.local')}"

    def services(self) -> list[Service]:
        """Return the services that clients may use."""
        name = self.full_name
        headless = Service("headless", f"{name}-headless", REDIS_PORT, "the pods by their own names")
        if self.value("sentinel.enabled", False):
            port = int(self.value("sentinel.service.ports.sentinel", SENTINEL_PORT))
            return [Service("sentinels", name, port, "ask here for the master; there is no service for it"), headless]
        master_port = int(self.value("master.service.ports.redis", REDIS_PORT))
        services = [Service("master", f"{name}-master", master_port, "reads and writes")]
        if self.value("architecture", "replication") == "replication":
            port = int(self.value("replica.service.ports.redis", REDIS_PORT))
            note = "reads" if self.replica_count else "nobody answers: replica.replicaCount is 0"
            services.append(Service("replicas", f"{name}-replicas", port, note))
        return [*services, headless]

    def differences(self) -> list[str]:
        """Return what is other than with a server on the developer's machine, one line each."""
        disabled = self.value("master.disableCommands", ["FLUSHDB", "FLUSHALL"])
        lines = [f"{' and '.join(map(str, disabled))} are disabled"] if disabled else []
        for role in ("master", "replica"):
            if role == "replica" and not self.replica_count:
                continue
            kept = self.value(f"{role}.persistence.enabled", True)
            size = self.value(f"{role}.persistence.size", "8Gi")
            lines.append(f"the {role} keeps its data over a restart ({size})" if kept else f"the {role} keeps nothing")
        if self.replica_count:
            lines.append(f"{self.replica_count} replicas serve reads, a moment behind the master")
        return lines
