"""Environments: where their folders are, whom they inherit from, and what results when all are written over another."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from stubredis.launcher.redwood import dialects
from stubredis.launcher.redwood.folders import load_folder
from stubredis.launcher.redwood.values import merge
from stubredis.launcher.settings import SettingsError

DEFAULT = "default"
"""The environment that all others stand on."""


@dataclass
class Environments:
    """The folders of environments: those of the configuration folder, then those of the extra folders."""

    config_dir: Path
    extra_dirs: list[Path]
    remarks: list[str]
    layers: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    """The environments that were loaded, each with what it says itself: a later one beats an earlier one."""

    def exists(self, name: str) -> bool:
        """Whether there is such an environment."""
        return self._folder(name) is not None

    def find(self, name: str) -> Path | None:
        """Return the folder of an environment; None, and a remark, if there is none."""
        if folder := self._folder(name):
            return folder
        places = ", ".join(map(str, (self.config_dir, *self.extra_dirs)))
        self.remarks.append(f"there is no environment '{name}' in {places}; going on without it")
        return None

    def _folder(self, name: str) -> Path | None:
        folders = (parent / name for parent in (self.config_dir, *self.extra_dirs))
        return next((folder for folder in folders if folder.exists()), None)

    def names(self) -> list[str]:
        """Return every environment there is, sorted."""
        folders = [
            path for parent in (self.config_dir, *self.extra_dirs) if parent.is_dir() for path in parent.iterdir()
        ]
        return sorted({path.name for path in folders if path.is_dir() and not path.name.startswith(".")})

    def load(self, folder: Path, parents: list[str]) -> dict[str, Any]:
        """Return the values of an environment, written over those of its parents; each is loaded once."""
        seen = [folder.name]
        try:
            return self._load(folder, parents, seen)
        except (
            RecursionError
        ):  # environments are known by the last part of their names, so the library goes on for ever
            raise SettingsError(f"{folder}: one of its parents, whose name has a slash, inherits from itself") from None

    def _load(self, folder: Path, parents: list[str], seen: list[str]) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for name in parents:
            if name == DEFAULT or name in seen:
                continue
            if parent := self.find(name):
                seen.append(parent.name)
                merge(values, self._load(parent, parents_of(parent), seen))
        own = load_folder(folder, self.remarks)
        self.layers.append((folder.name, own))
        merge(values, own)
        return values


def own_settings(folder: Path) -> tuple[dict[str, Any], Path | None]:
    """Return what an environment says of itself, and in which file. Raises SettingsError."""
    for name in ("_config.json", "config.json"):
        path = folder / name
        if path.exists():
            settings = dialects.load(path)
            if not isinstance(settings, dict):
                raise SettingsError(f"{path}: must be a mapping")
            return settings, path
    return {}, None


def parents_of(folder: Path) -> list[str]:
    """Return the names of an environment's parents. Raises SettingsError."""
    settings, path = own_settings(folder)
    names = settings.get("parentNames")
    if isinstance(names, str):
        raise SettingsError(f"{path}: parentNames should be an array of strings, not a single string")
    if names is None:
        return []
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise SettingsError(f"{path}: parentNames should be an array of strings")
    return names
