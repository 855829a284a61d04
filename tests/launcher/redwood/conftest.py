"""A tree as Redwood ships it, with a game in a folder of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.launcher.redwood.trees import Files, write

REDWOOD: Files = {
    "config-settings.json": {"defaults": {"dir": "config/node"}, "extraDirs": ["games"]},
    "config/node/default/persistence/redis.yaml": (
        'provider: stub\npassword: ""\nmaster: {host: 127.0.0.1, port: 6379}\nmemurai: {path: memurai.exe}\n'
    ),
    "config/node/default/deployment/dependencies/redis.yaml": (
        "values:\n  auth: {password: '${persistence.redis.password}'}\n  image: {repository: bitnamilegacy/redis}\n"
        "  master: {persistence: {enabled: false}}\n  replica: {replicaCount: 0, persistence: {enabled: false}}\n"
    ),
    "config/node/kubernetes/persistence.yaml": (
        "redis:\n  provider: redis\n  password: password\n  master: {host: redis-master.redis.svc.cluster.local}\n"
    ),
    "config/node/staging": ["kubernetes"],
    "config/node/production": ["staging"],
    "config/node/test/other.yaml": "x: 1",
    "config/node/test-memurai": ["test"],
    "config/node/test-memurai/persistence.yaml": "redis: {provider: memurai}",
    "games/my-game": ["default"],
    "games/my-game/persistence.yaml": "redis:\n  provider: memurai",
    "games/my-game-kubernetes": ["kubernetes", "my-game"],
    "games/my-game-production": ["production", "my-game-kubernetes"],
}


@pytest.fixture
def backend(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the root of a backend, which is the current folder."""
    for name in ("NODE_CONFIG_DIR", "NODE_CONFIG_ENV", "NODE_CONFIG_SKIP_ENV_WARNING"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(write(tmp_path, REDWOOD))
    return tmp_path
