"""Build the container image without a Docker engine and without a registry: `make image`.

Buildah and Podman do what Docker does, and the base is a Debian with Python that debootstrap makes from packages. It is
made once and kept in ~/.cache/stubredis, or where STUBREDIS_IMAGE_CACHE says.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

IMAGE = "localhost/stubredis:test"
DEBIAN = "bookworm"
PACKAGES = ("python3", "python3-venv", "ca-certificates")
BASE = f"localhost/stubredis-base:{DEBIAN}"
ROOT = Path(__file__).parent.parent.parent
CACHE = Path(os.environ.get("STUBREDIS_IMAGE_CACHE") or Path.home() / ".cache" / "stubredis" / "image")
CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")

TOOLS = ("podman", "buildah", "runc", "debootstrap")
"""Programs, and the packages of Debian that have them."""

STORAGE = """\
[storage]
driver = "overlay"
graphroot = "{cache}/graph"
runroot = "{cache}/run"
"""

# Neither systemd nor a network is there where this runs, and the limit of open files cannot be raised everywhere.
CONTAINERS = """\
[containers]
default_ulimits = ["nofile=1024:4096", "nproc=1024:2048"]
netns = "none"
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
"""


def main() -> int:
    """Build the image and tell its size."""
    missing = install_tools()
    if missing:
        print(f"The image needs {', '.join(missing)}: install them, or run this as root on Debian", file=sys.stderr)
        return 1
    began = time.monotonic()
    make_base()
    build()
    mine = size(IMAGE) - size(BASE)
    print(f"{IMAGE}: {mine / 1e6:.1f} MB on top of its base, in {time.monotonic() - began:.0f} s")
    return 0


def install_tools() -> list[str]:
    """Install what is missing, where that can be done; return what is still missing."""
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    if missing and os.geteuid() == 0 and shutil.which("apt-get"):
        print(f"Installing {', '.join(missing)} ...", flush=True)
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for words in (["update", "-qq"], ["install", "-qq", "--no-install-recommends", *missing]):
            subprocess.run(["apt-get", *words], env=environment, stdout=subprocess.DEVNULL, check=True)
        missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    return missing


def settings() -> dict[str, str]:
    """Return the environment in which Podman and Buildah keep everything in the cache."""
    CACHE.mkdir(parents=True, exist_ok=True)
    storage, containers = CACHE / "storage.conf", CACHE / "containers.conf"
    storage.write_text(STORAGE.format(cache=CACHE))
    containers.write_text(CONTAINERS)
    return {**os.environ, "CONTAINERS_STORAGE_CONF": str(storage), "CONTAINERS_CONF": str(containers)}


def make_base() -> None:
    """Make the base image, if it is not there yet: a minute and 180 MB."""
    if subprocess.run(["podman", "image", "exists", BASE], env=settings(), check=False).returncode == 0:
        return
    print("Making the base image from Debian's packages: this takes a minute, once ...", flush=True)
    with tempfile.TemporaryDirectory(dir=CACHE, prefix="base-", ignore_cleanup_errors=True) as folder:
        root, archive, log = Path(folder) / "root", Path(folder) / "base.tar", CACHE / "debootstrap.log"
        with log.open("wb") as out:
            words = ["debootstrap", "--variant=minbase", f"--include={','.join(PACKAGES)}", DEBIAN, str(root)]
            if subprocess.run(words, stdout=out, stderr=subprocess.STDOUT, check=False).returncode:
                raise SystemExit(f"debootstrap failed: see {log}")
        for rubbish in ("var/lib/apt/lists", "var/cache/apt/archives"):
            shutil.rmtree(root / rubbish)
            (root / rubbish / "partial").mkdir(parents=True)
        if CERTIFICATES.exists():
            # Where a proxy has an authority of its own, pip in the container has to trust it, too.
            shutil.copy(CERTIFICATES, root / "etc/ssl/certs")
        subprocess.run(["tar", "-C", str(root), "-cf", str(archive), "."], check=True)
        subprocess.run(
            ["podman", "import", "--quiet", str(archive), BASE], env=settings(), check=True, stdout=sys.stderr
        )


def build() -> None:
    """Build the image from the Dockerfile."""
    words = ["buildah", "bud", "--quiet", "--layers", "--isolation", "chroot", "--format", "docker"]
    arguments = {"BASE": BASE, "PIP_CERT": str(CERTIFICATES)}
    if index := os.environ.get("PIP_INDEX_URL"):
        arguments["PIP_INDEX_URL"] = index
    for name, value in arguments.items():
        words += ["--build-arg", f"{name}={value}"]
    subprocess.run([*words, "--tag", IMAGE, str(ROOT)], env=settings(), check=True, stdout=subprocess.DEVNULL)


def size(image: str) -> int:
    """Return how many bytes an image takes, its base included."""
    words = ["podman", "image", "inspect", image]
    shown = subprocess.run(words, env=settings(), check=True, capture_output=True).stdout
    return int(json.loads(shown)[0]["Size"])


if __name__ == "__main__":
    sys.exit(main())
