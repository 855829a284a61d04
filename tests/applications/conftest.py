"""The servers that applications run against: what Valkey does proves the scripts themselves."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.processes import ServerProcess, real_server, stubredis
from tests.programs import path_of


@pytest.fixture(params=["stubredis", pytest.param("valkey", marks=pytest.mark.needs("valkey"))])
def server(request: pytest.FixtureRequest) -> Iterator[ServerProcess]:
    """Run a server with nothing but its defaults, which belongs to one script."""
    with stubredis() if request.param == "stubredis" else real_server(path_of("valkey")) as server:
        yield server
