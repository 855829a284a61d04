"""What a configuration says of Redis → the launcher's settings, each with the file it came from."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from difflib import get_close_matches
from typing import Any

from stubredis.launcher.redwood.configuration import Configuration
from stubredis.launcher.redwood.environments import DEFAULT
from stubredis.launcher.redwood.references import look_up
from stubredis.launcher.redwood.values import Leaf, Node, text
from stubredis.launcher.settings import DEFAULT_PORT, Address, Provider, Settings, SettingsError

REDIS = "persistence.redis"
LAUNCHED = "stubredis.provider"
"""Beats the provider for the launcher alone: it may start something else than what the backend believes to meet."""
CHART = "deployment.dependencies.redis.values"
"""The values of the Helm chart, by the name that Redwood gives it."""

HOST_NAMES = ("host", "hostname", "address", "server", "ip")
PORT_NAMES = ("port", "service-port")
URL_NAMES = ("url", "uri")
"""The names of the fields of `master` and `replicas` are not documented, so the likely ones are understood."""

URL = re.compile(r"rediss?://(?:[^@/]*@)?(\[[^]]+\]|[^:/]+)(?::(\d+))?(?:/.*)?")


def read_settings(environment: str | None = None, *, config_dir: str | None = None) -> Settings:
    """Read the configuration of an environment below the current folder. Raises SettingsError.

    An environment that is not there, which the library would pass over, is an error here: nobody means it.
    """
    return settings_of(existing(environment, config_dir=config_dir))


def existing(environment: str | None, *, config_dir: str | None = None) -> Configuration:
    """Return the configuration of an environment that is there. Raises SettingsError naming the nearest ones."""
    configuration = Configuration(environment, config_dir=config_dir)
    name = configuration.environment
    if name != DEFAULT and not configuration.environments.exists(name):
        names = configuration.environments.names()
        near = get_close_matches(name, names, n=3) or names
        hint = f"; did you mean {' or '.join(near)}?" if near else ""
        raise SettingsError(f"there is no environment '{name}' in {configuration.dir}{hint}")
    return configuration


def settings_of(configuration: Configuration, *, reveal: bool = True) -> Settings:
    """Return what the launcher has to know. Raises SettingsError for the first value that is no good.

    Secrets are put in, unless they are not to be revealed: then their names stay.
    """
    reader = _Reader(configuration, reveal=reveal)
    provider = reader.provider()
    master = reader.address(f"{REDIS}.master") or Address()
    replica_count = reader.count(f"{CHART}.replica.replicaCount")
    return Settings(
        provider=provider,
        password=reader.password(),
        master=master,
        replicas=reader.address(f"{REDIS}.replicas"),
        replica_count=replica_count,
        memurai_path=reader.string(f"{REDIS}.memurai.path"),
        master_persistence=reader.persistence(f"{CHART}.master.persistence"),
        replica_persistence=reader.persistence(f"{CHART}.replica.persistence"),
        environment=configuration.environment,
        sources=reader.sources,
    )


class _Reader:
    """Looks values up, checks them, and notes where they came from."""

    def __init__(self, configuration: Configuration, *, reveal: bool) -> None:
        self.configuration = configuration
        self.reveal: Callable[[str], str] = configuration.secrets().reveal if reveal else str
        self.sources: dict[str, str] = {}

    def node(self, key: str) -> Node | None:
        """Return what stands at a key, None where there is nothing, which null is too."""
        try:
            node = look_up(self.configuration.values, key.split("."))
        except KeyError:
            return None
        if isinstance(node, Leaf):
            self.sources[key] = node.file
            return None if node.value is None else node
        return node

    def first(self, key: str, names: Sequence[str]) -> tuple[str, Node] | None:
        """Return the first of the fields of a mapping that is there."""
        for name in names:
            node = self.node(f"{key}.{name}")
            if node is not None:
                return f"{key}.{name}", node
        return None

    def provider(self) -> Provider:
        key = LAUNCHED
        node = self.node(key)
        if node is None:
            key = f"{REDIS}.provider"
            node = self.node(key)
        if node is None:
            return Provider.STUB
        word = self.scalar(key, node)
        try:
            return Provider(word)
        except ValueError:
            words = [provider.value for provider in Provider]
            near = get_close_matches(str(word).lower(), words, n=1)
            hint = f" (did you mean {near[0]}?)" if near else ""
            raise self.bad(key, f"'{text(word)}' is none of {', '.join(words)}{hint}") from None

    def password(self) -> str:
        """Return the password, with a secret put in; numbers are not taken, since YAML may have changed them."""
        key = f"{REDIS}.password"
        node = self.node(key)
        if node is None:
            return ""
        word = self.scalar(key, node)
        if not isinstance(word, str):
            raise self.bad(key, f"the password must be text: put {text(word)} in quotes")
        return self.reveal(word)

    def string(self, key: str) -> str:
        node = self.node(key)
        if node is None:
            return ""
        word = self.scalar(key, node)
        if not isinstance(word, str):
            raise self.bad(key, f"must be text, not {text(word)}")
        return self.reveal(word)

    def count(self, key: str) -> int:
        node = self.node(key)
        if node is None:
            return 0
        word = self.scalar(key, node)
        number = _whole(word)
        if number is None or number < 0:
            raise self.bad(key, f"must be a whole number, not '{text(word)}'")
        return number

    def persistence(self, key: str) -> bool:
        """Return whether a `persistence` of the chart is enabled; Redwood's default is that it is not."""
        node = self.node(key)
        enabled = node.get("enabled") if isinstance(node, dict) else node
        if not isinstance(enabled, Leaf) or enabled.value is None:
            return False
        if not isinstance(enabled.value, bool):
            raise self.bad(key, f"enabled must be true or false, not '{text(enabled.value)}'")
        self.sources[f"{key}.enabled"] = enabled.file
        return enabled.value

    def address(self, key: str) -> Address | None:
        """Return an address that may be text (`host`, `host:port`, a URL), or a mapping; None if nothing is said."""
        node = self.node(key)
        if node is None:
            return None
        if isinstance(node, Leaf):
            return self.address_in_text(key, node.value)
        if not isinstance(node, dict):
            raise self.bad(key, "must be a mapping with host and port")
        url = self.first(key, URL_NAMES)
        if url is not None:
            return self.address_in_text(url[0], self.scalar(*url))
        host, port = self.first(key, HOST_NAMES), self.first(key, PORT_NAMES)
        if host is None and port is None:
            return None
        name = self.scalar(*host) if host else Address().host
        if not isinstance(name, str):
            raise self.bad(host[0] if host else key, f"must be the name of a host, not {text(name)}")
        return Address(
            self.reveal(name) or Address().host,
            self.port(port[0], self.scalar(*port)) if port else DEFAULT_PORT,
        )

    def address_in_text(self, key: str, value: Any) -> Address | None:
        if value == "":
            return None
        if isinstance(value, str):
            if match := URL.fullmatch(value):
                return Address(match[1].strip("[]"), self.port(key, match[2]) if match[2] else DEFAULT_PORT)
            host, colon, port = value.rpartition(":")
            if "/" not in value and " " not in value:
                return Address(host, self.port(key, port)) if colon and ":" not in host else Address(value)
        raise self.bad(key, f"'{text(value)}' is no address of a server")

    def port(self, key: str, value: Any) -> int:
        if value == "":
            return DEFAULT_PORT
        number = _whole(value)
        if number is None or not 0 < number < 65536:
            raise self.bad(key, f"'{text(value)}' is no port; it must be between 1 and 65535")
        return number

    def scalar(self, key: str, node: Node) -> Any:
        if isinstance(node, Leaf):
            return node.value
        raise self.bad(key, f"must be a single value, not {'a mapping' if isinstance(node, dict) else 'a list'}", node)

    def bad(self, key: str, reason: str, node: Node | None = None) -> SettingsError:
        """Make the error of a value: its file, if one is known, its key and the reason."""
        file = self.sources.get(key) or _any_file(self.node(key) if node is None else node)
        return SettingsError(f"{file}: {key}: {reason}" if file else f"{key}: {reason}")


def _whole(value: Any) -> int | None:
    """Return a whole number, also one that is written as text; None for everything else."""
    if isinstance(value, str):
        return int(value) if value.isascii() and value.isdecimal() else None
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _any_file(node: Node | None) -> str | None:
    """Return a file that the node, or something below, was written in."""
    if isinstance(node, Leaf):
        return node.file
    inner = node.values() if isinstance(node, dict) else node or ()
    return next((file for file in map(_any_file, inner) if file), None)
