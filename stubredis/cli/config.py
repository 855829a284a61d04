"""`stubredis config`: what a Redwood configuration says of Redis, and where."""

from __future__ import annotations

import dataclasses
import json
import os
import sys
from pathlib import Path
from typing import Any, NamedTuple

from stubredis.cli.mistakes import UsageError
from stubredis.cli.options import Parser
from stubredis.launcher.redwood.configuration import Configuration
from stubredis.launcher.redwood.helm import Deployment
from stubredis.launcher.redwood.redis import CHART, LAUNCHED, REDIS, existing, settings_of
from stubredis.launcher.redwood.references import SECRET
from stubredis.launcher.redwood.traps import warnings
from stubredis.launcher.redwood.values import text
from stubredis.launcher.settings import Settings, SettingsError

HIDDEN = "********"


def parser() -> Parser:
    """Describe the options."""
    options = Parser(
        "config", "Prints what a Redwood configuration says of Redis, each value with the file it is from."
    )
    options.add_argument("environment", nargs="?", metavar="ENV", help="the environment; NODE_CONFIG_ENV, or default")
    options.add_argument("--config-dir", metavar="DIR", help="the folder; NODE_CONFIG_DIR, or config/node, or config")
    options.add_argument("--helm", action="store_true", help="print what the chart gets in Kubernetes, as YAML")
    options.add_argument("--release", default="redis", help="the name of the chart's release (redis)")
    options.add_argument("--namespace", default="default", help="the namespace that it is in (default)")
    options.add_argument("--json", action="store_true", help="print JSON for programs")
    options.add_argument("--show-password", action="store_true", help=f"instead of {HIDDEN}")
    return options


def run(words: list[str]) -> int:
    """Print the settings; warnings go to the standard error. The exit code is 0 whenever they could be read."""
    asked = parser().read(words)
    try:
        configuration = existing(asked.environment, config_dir=asked.config_dir)
        settings = settings_of(configuration, reveal=False)
    except SettingsError as error:
        raise UsageError(str(error)) from None
    hide = settings.password and not asked.show_password and SECRET not in settings.password
    password = HIDDEN if hide else settings.password
    shown = dataclasses.replace(settings, password=password)
    if asked.helm:
        print(helm(configuration, asked.release, asked.namespace, hide=not asked.show_password), end="")
    elif asked.json:
        print(json.dumps(as_json(configuration, settings, shown), indent=2))
    else:
        print(table(configuration, shown), end="")
    if not asked.json:
        for warning in warnings(configuration, settings):
            print(f"warning: {warning}", file=sys.stderr)
    return 0


class Row(NamedTuple):
    """A setting: its value as programs take it and as people read it, and the file it came from."""

    name: str
    value: str | int | bool | None
    shown: str
    file: str | None


def rows(settings: Settings) -> list[Row]:
    """Return the settings that there are."""
    sources = settings.sources

    def row(name: str, value: str | int | bool | None, nothing: str = "") -> Row:
        shown = nothing if value in (None, "") else ("off", "on")[value] if isinstance(value, bool) else str(value)
        files = (file for key, file in sources.items() if f"{key}.".startswith(f"{name}."))
        return Row(name, value, shown, next(files, None))

    return [
        row(LAUNCHED if LAUNCHED in sources else f"{REDIS}.provider", settings.provider.value),
        row(f"{REDIS}.password", settings.password, "none"),
        row(f"{REDIS}.master", str(settings.master)),
        row(f"{REDIS}.replicas", str(settings.replicas) if settings.replicas else None, "the master"),
        row(f"{REDIS}.memurai.path", settings.memurai_path or None, "from PATH"),
        row(f"{CHART}.replica.replicaCount", settings.replica_count),
        row(f"{CHART}.master.persistence", settings.master_persistence),
        row(f"{CHART}.replica.persistence", settings.replica_persistence),
    ]


def table(configuration: Configuration, settings: Settings) -> str:
    """Return the settings for a person."""
    lines = rows(settings)
    names, values = max(len(row.name) for row in lines), max(len(row.shown) for row in lines)
    heritage = " < ".join(name for name, _ in configuration.environments.layers)
    folder = shortened(str(configuration.dir), configuration.cwd)
    shown = [f"environment {configuration.environment} in {folder}: {heritage}\n"]
    for row in lines:
        file = shortened(row.file, configuration.cwd) if row.file else "(default)"
        shown.append(f"  {row.name:{names}}  {row.shown:{values}}  {file}\n")
    return "".join(shown)


def shortened(path: str, cwd: Path) -> str:
    """Return a path as seen from the current folder, where it is below it."""
    return os.path.relpath(path, cwd) if Path(path).is_relative_to(cwd) else path


def as_json(configuration: Configuration, settings: Settings, shown: Settings) -> dict[str, Any]:
    """Return the settings for a program; the names do not change between versions."""
    return {
        "environment": configuration.environment,
        "folder": str(configuration.dir),
        "order": [name for name, _ in configuration.environments.layers],
        "settings": {row.name: {"value": row.value, "file": row.file} for row in rows(shown)},
        "warnings": warnings(configuration, settings),
    }


def helm(configuration: Configuration, release: str, namespace: str, *, hide: bool) -> str:
    """Return the values that the chart gets as YAML, and in comments what follows from them."""
    try:
        values = configuration.get(CHART) or {}
    except SettingsError:
        values = {}
    if not isinstance(values, dict):
        raise UsageError(f"{CHART} must be a mapping, not '{text(values)}'")
    deployment = Deployment(values, release=release, namespace=namespace)
    lines = [f"# {CHART}, as the chart gets it", *as_yaml(concealed(values) if hide else values).splitlines(), "#"]
    lines.append(f"# Release {release} in namespace {namespace}:")
    lines += [
        f"#   {service.role:9} {deployment.host(service.name)}:{service.port}  {service.note}"
        for service in deployment.services()
    ]
    if deployment.secret:
        lines.append("#   {:9} {}, key {}".format("password", *deployment.secret))
    lines.append("# Other than with a server on your machine:")
    lines += [f"#   {difference}" for difference in deployment.differences()]
    return "\n".join(lines) + "\n"


def concealed(values: dict[str, Any]) -> dict[str, Any]:
    """Return the values without passwords."""
    return {
        name: concealed(value)
        if isinstance(value, dict)
        else HIDDEN
        if isinstance(value, str) and value and name.lower().endswith("password") and SECRET not in value
        else value
        for name, value in values.items()
    }


def as_yaml(values: dict[str, Any]) -> str:
    """Write a mapping as YAML."""
    from io import StringIO  # noqa: PLC0415

    from ruamel.yaml import YAML  # noqa: PLC0415

    out = StringIO()
    yaml = YAML(pure=True)
    yaml.indent(mapping=2, sequence=4, offset=2)
    yaml.dump(values, out)
    return out.getvalue()
