"""Build dist/stubredis.pyz, the server in one file for every common platform: `make zipapp`.

hiredis is a compiled module. Its wheels for Linux, macOS and Windows are small, and the names of the modules in them
tell platform and Python, so that all of them fit into one folder of the archive; `__main__.py` beside this file picks.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
TARGET = ROOT / "dist" / "stubredis.pyz"
LARGEST = 5_000_000

PYTHONS = ("3.11", "3.12", "3.13", "3.14")
PLATFORMS = (
    ("manylinux_2_28_x86_64", "manylinux2014_x86_64"),
    ("manylinux_2_28_aarch64", "manylinux2014_aarch64"),
    ("macosx_10_15_universal2",),
    ("win_amd64",),
)
"""The tags of the wheels for each platform: glibc on Linux. With musl, or without the GIL, one installs the package."""


def main() -> int:
    """Write the archive and tell its size."""
    wheels = {}
    for path in download(ROOT / "build" / "wheels"):
        wheels |= contents(path)
    write(TARGET, wheels)
    size = TARGET.stat().st_size
    print(f"{TARGET.relative_to(ROOT)}: {size / 1e6:.1f} MB, for Python {', '.join(PYTHONS)}")
    if size > LARGEST:
        print(f"That is more than {LARGEST / 1e6:.0f} MB", file=sys.stderr)
        return 1
    return 0


def download(folder: Path) -> list[Path]:
    """Return the wheels of hiredis for all Pythons and platforms; what an earlier build has fetched is kept."""
    folder.mkdir(parents=True, exist_ok=True)
    for python in PYTHONS:
        tag = f"cp{python.replace('.', '')}"
        for tags in PLATFORMS:
            if not any(folder.glob(f"hiredis-*-{tag}-{tag}-*{tags[-1]}*.whl")):
                words = [sys.executable, "-m", "pip", "download", "-qq", "--no-deps", "--only-binary=:all:"]
                words += ["--disable-pip-version-check", "--python-version", python, "--dest", str(folder)]
                words += [word for name in tags for word in ("--platform", name)]
                subprocess.run([*words, "hiredis>=3"], check=True)
    return sorted(folder.glob("hiredis-*.whl"))


def contents(wheel: Path) -> dict[str, bytes]:
    """Return the files of a wheel that are needed, its licence included."""
    files = {}
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            if name.startswith("hiredis/") and name.endswith((".py", ".so", ".pyd")):
                files[name] = archive.read(name)
            elif name.endswith("/licenses/LICENSE"):
                files["hiredis/LICENSE"] = archive.read(name)
    return files


def write(target: Path, wheels: dict[str, bytes]) -> None:
    """Write an archive with our sources and these files of wheels: the same bytes for the same files."""
    sources = [path for path in (ROOT / "stubredis").rglob("*") if path.is_file() and path.suffix != ".pyc"]
    files = {path.relative_to(ROOT).as_posix(): path.read_bytes() for path in sources} | wheels
    digest = hashlib.sha256()
    for name, data in sorted(files.items()):
        digest.update(f"{name}\0{len(data)}\0".encode() + data)
    files |= {
        "BUILD": digest.hexdigest()[:16].encode(),
        "__main__.py": (Path(__file__).parent / "__main__.py").read_bytes(),
    }
    target.parent.mkdir(exist_ok=True)
    draft = target.with_suffix(".new")
    with draft.open("wb") as out:
        out.write(b"#!/usr/bin/env python3\n")
        with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
            for name, data in sorted(files.items()):
                archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    draft.chmod(0o755)
    draft.replace(target)


if __name__ == "__main__":
    sys.exit(main())
