"""What `make test-windows` runs: the suite on Windows' Python, then clients from here with a server on Windows."""

from __future__ import annotations

import os
import subprocess
import sys

from tests.windows import wine

ON_WINDOWS = ("tests", "--ignore=tests/differential", "--ignore=tests/clients", "-p", "no:cacheprovider")
"""All tests but those that compare with real servers, of which there are none."""

FROM_HERE = ("tests/windows", "tests/clients", "--ignore=tests/clients/test_node.py", "-p", "no:cacheprovider")
FROM_HERE_NOT = "valkey or exporter"
"""Clients of Linux with our server on Windows. What needs another server, or seconds to install, is left out."""


def main(words: list[str]) -> int:
    """Run both, with further words for pytest, and return 0 if both pass."""
    wine.prepare_or_exit()
    print("On Windows' Python:", flush=True)
    on_windows = wine.run(["-m", "pytest", *ON_WINDOWS, *words])
    print("From here, with the server on Windows:", flush=True)
    here = subprocess.run(
        [sys.executable, "-m", "pytest", *FROM_HERE, "-k", f"not ({FROM_HERE_NOT})", *words],
        cwd=wine.PROJECT,
        env={**os.environ, "STUBREDIS_UNDER_WINE": "yes"},
        check=False,
    ).returncode
    wine.stop_services()
    return on_windows or here


sys.exit(main(sys.argv[1:]))
