"""Finding programs: where a configuration says, in PATH, in usual folders, never in the folder one happens to be in."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from stubredis.launcher.errors import LaunchError
from stubredis.launcher.providers import memurai
from stubredis.launcher.providers.memurai import LIFETIME, plan
from stubredis.launcher.providers.programs import find, in_path, version_of
from stubredis.launcher.settings import Address, Provider, Settings
from tests.programs import path_of

SUFFIX = ".exe" if sys.platform == "win32" else ""


@pytest.fixture(autouse=True)
def empty_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Begin with a PATH that has one folder, and a machine without Memurai."""
    (tmp_path / "path").mkdir()
    (tmp_path / "here").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "path"))
    monkeypatch.setenv("ProgramFiles", str(tmp_path / "Programs"))
    monkeypatch.delenv("ProgramW6432", raising=False)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path))
    monkeypatch.chdir(tmp_path / "here")


def program(path: Path) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    path.chmod(0o755)
    return str(path)


def found(tmp_path: Path, configured: str = "") -> str:
    return memurai.program(Settings(Provider.MEMURAI, memurai_path=configured))


def test_a_file_a_folder_and_a_name_without_exe(tmp_path: Path) -> None:
    path = program(tmp_path / "a folder" / "memurai.exe")
    assert found(tmp_path, path) == path
    assert found(tmp_path, str(tmp_path / "a folder")) == path
    assert found(tmp_path, str(tmp_path / "a folder" / "memurai")) == path
    assert found(tmp_path, os.path.join("..", "a folder")).endswith("memurai.exe")  # noqa: PTH118  (as written)


def test_path_before_the_usual_folder(tmp_path: Path) -> None:
    usual = program(tmp_path / "Programs" / "Memurai" / "memurai.exe")
    assert found(tmp_path) == usual
    in_path = program(tmp_path / "path" / f"memurai{SUFFIX}")
    assert found(tmp_path) == in_path
    assert found(tmp_path, "memurai") == in_path


def test_a_name_that_is_configured_is_looked_up_in_path(tmp_path: Path) -> None:
    usual = program(tmp_path / "Programs" / "Memurai" / "memurai.exe")
    other = program(tmp_path / "path" / f"memurai-4{SUFFIX}")
    assert found(tmp_path, "memurai-4") == other
    assert found(tmp_path, "memurai.exe") == usual  # the default of a configuration, where PATH lacks it


def test_never_the_current_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(tmp_path / "here" / f"memurai{SUFFIX}")
    for path in ("", ".", os.pathsep, str(tmp_path / "here")):
        monkeypatch.setenv("PATH", path)
        assert in_path("memurai") is None


def test_the_error_names_every_place(tmp_path: Path) -> None:
    with pytest.raises(LaunchError) as failure:
        found(tmp_path, "memurai-5")
    text = str(failure.value)
    assert "\n" not in text
    for place in (
        "memurai-5 in PATH",
        "persistence.redis.memurai.path",
        str(tmp_path / "path"),
        "Programs",
        "providers.md",
    ):
        assert place in text


def test_a_path_that_is_written_down_is_meant(tmp_path: Path) -> None:
    program(tmp_path / "path" / f"memurai{SUFFIX}")
    settings = Settings(
        Provider.MEMURAI, memurai_path="/no/such/memurai", sources={"persistence.redis.memurai.path": "config/a.yaml"}
    )
    with pytest.raises(LaunchError, match=r"there is no /no/such/memurai .*in config/a\.yaml"):
        memurai.program(settings)


def test_how_memurai_is_started(tmp_path: Path) -> None:
    path = program(tmp_path / "path" / f"memurai{SUFFIX}")
    started = plan(Settings(Provider.MEMURAI, master=Address(port=7000)))
    assert started.program == path
    assert " ".join(started.arguments) == "--port 7000 --bind 127.0.0.1 -::1 --daemonize no --save  --appendonly no"
    assert (started.password, started.secrets_file, started.lifetime) == ("", None, LIFETIME)


def test_a_password_for_memurai_is_in_a_file_only(tmp_path: Path) -> None:
    program(tmp_path / "path" / f"memurai{SUFFIX}")
    started = plan(Settings(Provider.MEMURAI, password='ä"'))
    assert started.arguments[0] == str(started.secrets_file)
    assert started.secrets == 'requirepass "\\xc3\\xa4\\x22"\n'
    assert "requirepass" not in started.shown()
    assert "xc3" not in repr(started)


@pytest.mark.needs("redis-server 7.0", "valkey")
def test_versions() -> None:
    assert version_of(path_of("redis-server 7.0")).startswith("Redis 7.0.")
    assert version_of(path_of("valkey")).startswith("Valkey 9.1.")


def test_a_program_that_cannot_be_found() -> None:
    with pytest.raises(
        LaunchError, match="cannot find redis-server; looked for redis-server and valkey-server in PATH"
    ):
        find("redis-server", ("redis-server", "valkey-server"), "", "--redis-path")
