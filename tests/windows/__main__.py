"""What `make test-windows` runs: the suite on Windows' Python, then clients from here with a server on Windows."""

from __future__ import annotations

import os
import subprocess
import sys

from tests.windows import wine

ELSEWHERE = ("differential", "clients", "applications", "container", "docs", "test_pytest_plugin.py")
"""They compare with real servers, of which there are none on Windows, need programs of Linux, or take long there."""

THE_SAME = ("test_commands.py", "test_layers.py", "test_usage.py", "test_versions.py", "scripting/test_growth.py")
"""They look at the code, or at a library alone, and find the same on every system."""

ON_WINDOWS = ("tests", *(f"--ignore=tests/{name}" for name in ELSEWHERE + THE_SAME))

FROM_HERE = ("tests/windows", "tests/clients", "--ignore=tests/clients/test_node.py", "-k", "not (valkey or exporter)")
"""Clients of Linux with our server on Windows. What needs another server, or seconds to install, is left out."""

ON_ALL_CORES = ("--numprocesses", "auto", "--dist", "loadfile", "-p", "no:cacheprovider")


def main(words: list[str]) -> int:
    """Run both, with further words for pytest, and return 0 if both pass."""
    wine.prepare_or_exit()
    print("On Windows' Python:", flush=True)
    on_windows = wine.run(["-m", "pytest", *ON_WINDOWS, *ON_ALL_CORES, *words])
    print("From here, with the server on Windows:", flush=True)
    wine.start_services()
    from_here = subprocess.run(
        [sys.executable, "-m", "pytest", *FROM_HERE, *ON_ALL_CORES, *words],
        cwd=wine.PROJECT,
        env={**os.environ, "STUBREDIS_UNDER_WINE": "yes"},
        check=False,
    ).returncode
    wine.stop_services()
    return on_windows or from_here


sys.exit(main(sys.argv[1:]))
