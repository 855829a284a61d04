"""The server in one file: an archive with the hiredis of this Python, started as a user would start it."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import hiredis
import pytest

from stubredis import __version__

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    spec = importlib.util.spec_from_file_location("zipapp_build", ROOT / ".ci" / "zipapp" / "build.py")
    assert spec is not None
    assert spec.loader is not None
    build = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(build)
    files = [path for path in Path(hiredis.__file__).parent.iterdir() if path.suffix in (".py", ".so", ".pyd")]
    wheel = {f"hiredis/{path.name}": path.read_bytes() for path in files}
    # Of another platform: it must be left where it is.
    wheel["hiredis/hiredis.cpython-39-vax.so"] = b"no code for us"
    target = tmp_path_factory.mktemp("zipapp") / "stubredis.pyz"
    build.write(target, wheel)
    return target


def run(archive: Path, cache: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    known = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return subprocess.run(
        [sys.executable, "-S", str(archive), *words],
        cwd=archive.parent,
        env={**known, "STUBREDIS_CACHE": str(cache), **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_it_is_unpacked_once(archive: Path, tmp_path: Path) -> None:
    cache = tmp_path / "a" / "cache"
    for _ in range(2):
        result = run(archive, cache, "--version")
        assert (result.returncode, result.stderr) == (0, "")
        assert result.stdout.startswith(f"stubredis {__version__} (")
        (folder,) = cache.iterdir()
        marker = folder / "marker"
        marker.touch()
    assert not list(folder.rglob("*vax*"))
    assert (folder / "stubredis" / "py.typed").exists()


def test_it_serves(archive: Path, tmp_path: Path) -> None:
    # A script that has come to its end: the configuration is good, and the server says on which port it listens.
    result = run(archive, tmp_path, "serve", "--port", "0", "--bind", "203.0.113.1")
    assert result.returncode == 1
    assert result.stderr.startswith("stubredis: cannot listen on 203.0.113.1")


@pytest.mark.skipif(
    sys.platform == "win32", reason="a file stands in the way of the cache there, too, with other errors"
)
def test_a_cache_that_cannot_be_made(archive: Path, tmp_path: Path) -> None:
    obstacle = tmp_path / "file"
    obstacle.touch()
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    result = run(archive, obstacle / "cache", "--version", TMPDIR=str(temporary))
    assert (result.returncode, result.stderr) == (0, "")
    assert list(temporary.iterdir()) == []


def test_a_platform_that_it_does_not_carry(archive: Path, tmp_path: Path) -> None:
    poor = tmp_path / "poor.pyz"
    with zipfile.ZipFile(archive) as source, zipfile.ZipFile(poor, "w") as target:
        for name in source.namelist():
            if not name.endswith((".so", ".pyd")) or "vax" in name:
                target.writestr(name, source.read(name))
    result = run(poor, tmp_path, "--version")
    assert result.returncode == 1
    assert result.stderr.startswith("stubredis: this file carries nothing for Python 3.")
    assert result.stderr.endswith(": pip install stubredis\n")
