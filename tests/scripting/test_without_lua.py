"""Without the extra `lua` a script is answered with what to install."""

from __future__ import annotations

import sys

import pytest

from tests.commands.witness import Witness

INSTALL = b"-ERR scripts need the extra 'lua': pip install \"stubredis[lua]\"\r\n"


@pytest.fixture
def witness(monkeypatch: pytest.MonkeyPatch) -> Witness:
    monkeypatch.setitem(sys.modules, "lupa", None)
    monkeypatch.setitem(sys.modules, "lupa.lua51", None)
    monkeypatch.delitem(sys.modules, "stubredis.scripting.runtime", raising=False)
    return Witness()


@pytest.mark.parametrize(
    "request_",
    [
        b'EVAL "return 1" 0',
        b'EVAL_RO "return 1" 0',
        b'SCRIPT LOAD "return 1"',
        b"FUNCTION LOAD \"#!lua name=l\\nredis.register_function('f', function() end)\"",
    ],
)
def test_the_error_says_what_to_install(witness: Witness, request_: bytes) -> None:
    assert witness.ask(request_) == INSTALL


@pytest.mark.parametrize(
    ("request_", "reply"),
    [
        (b"EVALSHA e0e1f9fabfc9d4800c877a703b823ac0578ff8db 0", b"-NOSCRIPT No matching script. Please use EVAL.\r\n"),
        (b"SCRIPT EXISTS abc", b"*1\r\n:0\r\n"),
        (b"SCRIPT FLUSH", b"+OK\r\n"),
        (b"SCRIPT KILL", b"-NOTBUSY No scripts in execution right now.\r\n"),
        (b"FCALL f 0", b"-ERR Function not found\r\n"),
        (b"FUNCTION LIST", b"*0\r\n"),
        (b"FUNCTION FLUSH", b"+OK\r\n"),
    ],
)
def test_all_else_works(witness: Witness, request_: bytes, reply: bytes) -> None:
    assert witness.ask(request_) == reply
    assert witness.ask(b"PING") == b"+PONG\r\n"
