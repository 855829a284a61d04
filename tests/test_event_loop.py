"""Which event loop a server runs on."""

from __future__ import annotations

import asyncio
import sys

import pytest

from stubredis import event_loop


async def name_of_loop() -> str:
    return type(asyncio.get_running_loop()).__module__.partition(".")[0]


@pytest.mark.skipif(sys.platform == "win32", reason="there is no uvloop for Windows")
def test_uvloop_where_it_is_installed() -> None:
    assert event_loop.run(name_of_loop()) == "uvloop"


def test_that_of_asyncio_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "uvloop", None)
    assert event_loop.run(name_of_loop()) == "asyncio"
