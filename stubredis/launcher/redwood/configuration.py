"""A whole configuration: where it is, which environment is asked for, and the values that result."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from stubredis.launcher.redwood import dialects
from stubredis.launcher.redwood.bases import apply_bases
from stubredis.launcher.redwood.casing import convert
from stubredis.launcher.redwood.environments import DEFAULT, Environments, own_settings, parents_of
from stubredis.launcher.redwood.folders import load_file
from stubredis.launcher.redwood.references import look_up, resolve
from stubredis.launcher.redwood.secrets import Secrets
from stubredis.launcher.redwood.values import Leaf, Node, merge, plain
from stubredis.launcher.settings import SettingsError

REDWOOD_DIR = Path("config", "node")
"""Where Redwood keeps its configuration, below the backend's root."""


class Configuration:
    """The values of one environment. Raises SettingsError for the first thing that the library would stop at.

    The folder is the first that is given of: the argument, NODE_CONFIG_DIR, `defaults.dir` of config-settings.json,
    `config/node` if Redwood's default environment is there, `config`. The environment: the argument, NODE_CONFIG_ENV,
    `defaults.env`, `default`. An environment that is not there is a remark, and the default stands.
    """

    def __init__(
        self,
        environment: str | None = None,
        *,
        config_dir: str | None = None,
        extra_dirs: Sequence[str] = (),
        cwd: Path | None = None,
        environ: Mapping[str, str] = os.environ,
    ) -> None:
        self.cwd = cwd or Path.cwd()
        self.remarks: list[str] = []
        """What the library would print before it goes on, one line each."""
        settings = self._read_settings()
        defaults = settings.get("defaults") or {}
        self.dir = self._folder(config_dir, environ.get("NODE_CONFIG_DIR"), defaults.get("dir"))
        self.environment: str = environment or environ.get("NODE_CONFIG_ENV") or defaults.get("env") or DEFAULT
        extra = settings.get("extraDirs")
        folders = [*(extra if isinstance(extra, list) else []), *extra_dirs]
        silent: list[str] = []
        skip_warning = environ.get("NODE_CONFIG_SKIP_ENV_WARNING") == "true"
        self.environments = Environments(
            self.dir, [self.cwd / folder for folder in folders], silent if skip_warning else self.remarks
        )
        self.values: dict[str, Any] = self._load(settings.get("overridePath"))
        """The tree of values, with references resolved and secrets still hidden."""

    def get(self, key: str) -> Any:
        """Return the value of a dotted key, in either casing. Raises SettingsError if there is none."""
        return plain(self.node(key))

    def node(self, key: str) -> Node:
        """Return what stands at a dotted key, with the files it came from. Raises SettingsError."""
        try:
            return look_up(self.values, key.split("."))
        except KeyError:
            raise SettingsError(f"Could not find value for key {key}") from None

    def secrets(self) -> Secrets:
        """Return the provider of secrets that the values name."""
        section = self.values.get("secrets")
        provider = section.get("provider") if isinstance(section, dict) else None
        local = section.get("local") if isinstance(section, dict) else None
        file = local.get("filePath") if isinstance(local, dict) else None
        return Secrets(
            str(provider.value) if isinstance(provider, Leaf) and provider.value is not None else None,
            self.cwd / (file.value if isinstance(file, Leaf) and isinstance(file.value, str) else ".secrets"),
        )

    def _read_settings(self) -> dict[str, Any]:
        path = self.cwd / "config-settings.json"
        settings = dialects.load(path) if path.exists() else {}
        if not isinstance(settings, dict) or not isinstance(settings.get("defaults") or {}, dict):
            raise SettingsError(f"{path}: must be a mapping, and so must its 'defaults'")
        return settings

    def _folder(self, asked: str | None, from_environ: str | None, from_settings: str | None) -> Path:
        if asked:
            return self.cwd / asked
        # The library takes the path relative to the current folder, which is then nothing if it is that very folder.
        if from_environ and os.path.relpath(self.cwd / from_environ, self.cwd) != ".":
            return self.cwd / from_environ
        if from_settings:
            return self.cwd / from_settings
        redwood = self.cwd / REDWOOD_DIR
        return redwood if (redwood / DEFAULT).is_dir() else self.cwd / "config"

    def _load(self, override: str | None) -> dict[str, Any]:
        if not self.dir.is_dir():
            raise SettingsError(f"there is no configuration folder {self.dir}")
        default = self.dir / DEFAULT
        folder = self.environments.find(self.environment)
        asked = own_settings(folder or default)[0].get("variableCasing")
        values = self.environments.load(default, [])
        if folder:
            merge(values, self.environments.load(folder, parents_of(folder)))
        merge(values, self._override(override))
        apply_bases(values)
        values = convert(values, asked if isinstance(asked, str) else None, self.remarks)
        for path in sorted(self.dir.glob("environment.*"))[:1]:
            # Not a part of the values, but the library stops at a mistake in it.
            load_file(path, self.remarks)
        return resolve(values)

    def _override(self, path: str | None) -> dict[str, Any]:
        chosen = self.cwd / path if path else None
        if chosen is None or not chosen.exists():
            chosen = self.dir / "override.json"
        return load_file(chosen, self.remarks) if chosen.exists() else {}
