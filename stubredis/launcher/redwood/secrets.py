"""Secrets: `secret|name`, and `(secret|name)` amid other text, stand for what a provider knows by that name."""

from __future__ import annotations

import re
from pathlib import Path

from stubredis.launcher.redwood.references import SECRET
from stubredis.launcher.settings import SettingsError

EMBEDDED = re.compile(r"\(secret\|([^)]+)\)")

CLOUD = ("hcp-vault", "vault", "aws-secrets-manager", "azure-key-vault", "gcp-secret-manager")
"""Providers that only the backend itself can ask."""


class Secrets:
    """The provider that a configuration names, and what it needs to answer."""

    def __init__(self, provider: str | None, file: Path) -> None:
        self.provider = provider
        self.file = file

    def reveal(self, value: str) -> str:
        """Return a text with its secrets put in. Raises SettingsError if one is not to be had."""
        if self.provider in (None, "none"):
            return value
        if value.startswith(SECRET):
            return self.read(value.removeprefix(SECRET))
        return EMBEDDED.sub(lambda match: self.read(match[1]), value)

    def read(self, name: str) -> str:
        """Return one secret. Raises SettingsError."""
        if self.provider in CLOUD:
            raise SettingsError(
                f"the secret '{name}' is kept by {self.provider}, which is out of reach here; give --password instead"
            )
        if self.provider != "local":
            raise SettingsError(f"unknown secrets provider: {self.provider}")
        try:
            lines = self.file.read_text(encoding="utf-8").splitlines()
        except OSError as error:
            raise SettingsError(f"cannot read the secrets file {self.file}: {error.strerror}") from None
        secrets: dict[str, str] = {}
        for line in map(str.strip, lines):
            key, equals, secret = line.partition("=")
            if equals and not line.startswith("#"):
                secrets[key.strip()] = secret.strip()
        if not secrets.get(name):
            raise SettingsError(f"{self.file}: no secret found with name: {name}")
        return secrets[name]
