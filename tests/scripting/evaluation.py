"""Scripts of several lines, sent as a client sends them."""

from __future__ import annotations

from tests.commands.witness import Witness


def evaluate(witness: Witness, script: str, keys: int = 0, *words: bytes) -> bytes:
    """Run a script and return its reply as it is on the wire."""
    argv = [b"EVAL", script.encode(), b"%d" % keys, *words]
    witness.client.receive(b"*%d\r\n" % len(argv) + b"".join(b"$%d\r\n%b\r\n" % (len(word), word) for word in argv))
    return witness.client.take_output()
