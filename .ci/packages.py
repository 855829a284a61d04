"""Build source distribution and wheel into dist/, and try the wheel in an empty environment: `make packages`."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).parent.parent
DIST = ROOT / "dist"
LARGEST = 1_000_000
"""Bytes of a wheel."""


def main() -> int:
    """Build, check and try both packages; whatever is wrong ends it with an error."""
    for old in [*DIST.glob("*.whl"), *DIST.glob("*.tar.gz")]:
        old.unlink()
    subprocess.run(
        [sys.executable, "-m", "build", "--outdir", str(DIST), str(ROOT)], check=True, stdout=subprocess.DEVNULL
    )
    (wheel,), (source,) = DIST.glob("*.whl"), DIST.glob("*.tar.gz")
    subprocess.run([sys.executable, "-m", "twine", "check", "--strict", str(wheel), str(source)], check=True)
    if wheel.stat().st_size > LARGEST:
        raise SystemExit(f"{wheel.name} has more than {LARGEST / 1e6:.0f} MB")
    with tempfile.TemporaryDirectory() as folder:
        for package in (str(wheel), f"{wheel}[all]"):
            try_out(package, Path(folder) / "venv")
    for path in (wheel, source):
        print(f"{path.relative_to(ROOT)}: {path.stat().st_size / 1e3:.0f} kB")
    return 0


def try_out(package: str, folder: Path) -> None:
    """Install a package into a new environment, and start and ask the server there."""
    venv.create(folder, with_pip=True, clear=True)
    programs = folder / ("Scripts" if sys.platform == "win32" else "bin")
    # Nothing of this checkout may be found instead of what is installed.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}

    def run(*words: str) -> str:
        return subprocess.run(words, check=True, cwd=folder, env=environment, capture_output=True, text=True).stdout

    run(str(programs / "python"), "-m", "pip", "install", "-qq", "--disable-pip-version-check", package)
    stubredis = shutil.which("stubredis", path=str(programs))
    assert stubredis is not None
    print(run(stubredis, "--version"), end="")
    command = [stubredis, "serve", "--port", "0"]
    with subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            port = next(match[1] for line in server.stdout if (match := re.search(r"port=(\d+)", line)))
            assert any("Ready to accept connections" in line for line in server.stdout)
            assert run(stubredis, "ping", "-p", port) == "PONG\n"
        finally:
            server.terminate()
            server.communicate()
    if server.returncode and sys.platform != "win32":
        raise SystemExit(f"the server of {package} ended with exit code {server.returncode}")


if __name__ == "__main__":
    sys.exit(main())
