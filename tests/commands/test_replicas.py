"""WAIT and WAITAOF: what ends the waiting besides its timeout. Replies are compared in tests/differential/."""

from __future__ import annotations

import pytest

from tests.commands.witness import Witness

CASES = [(b"WAIT 1 %d", b":0\r\n"), (b"WAITAOF 0 1 %d", b"*2\r\n:0\r\n:0\r\n")]


@pytest.mark.parametrize(("line", "nothing"), CASES)
def test_timeout(line: bytes, nothing: bytes) -> None:
    witness = Witness()
    assert witness.ask(line % 1000) == b""
    witness.elapse(999)
    assert witness.client.take_output() == b""
    witness.elapse(1)
    assert witness.client.take_output() == nothing


# The replies were compared with Valkey 9.1.
@pytest.mark.parametrize(("line", "nothing"), CASES)
@pytest.mark.parametrize(
    ("reason", "error"), [(b"TIMEOUT", b""), (b"ERROR", b"-UNBLOCKED client unblocked via CLIENT UNBLOCK\r\n")]
)
def test_client_unblock(line: bytes, nothing: bytes, reason: bytes, error: bytes) -> None:
    witness = Witness()
    witness.ask(line % 0)
    other = witness.server.connect()
    assert witness.ask(b"CLIENT UNBLOCK %d %b" % (witness.client.id, reason), other) == b":1\r\n"
    assert witness.client.take_output() == (error or nothing)


@pytest.mark.parametrize(("line", "nothing"), CASES)
def test_in_a_transaction_nobody_waits(line: bytes, nothing: bytes) -> None:
    witness = Witness((b"MULTI",))
    witness.ask(line % 0)
    assert witness.ask(b"EXEC") == b"*1\r\n" + nothing
