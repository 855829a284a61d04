"""Sidekiq, whose worker is a process of its own, in the version that Debian has."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.applications.scripts import run_script
from tests.processes import ServerProcess


@pytest.mark.needs("sidekiq")
def test_every_check_passes(server: ServerProcess) -> None:
    code, output = run_script(["ruby", "use_sidekiq.rb"], Path(__file__).parent, server)
    assert code == 0, output
