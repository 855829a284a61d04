"""Lines of servers: both formats of logs, what is hidden, what is kept, and output that cannot be written."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path

import pytest

from stubredis.launcher.output import LONGEST, TAIL, Line, Lines, Printer, parse


@pytest.mark.parametrize(
    ("raw", "line"),
    [
        (
            "31315:M 23 Nov 2026 06:11:15.332 * Ready to accept connections",
            Line("06:11:15.332", "*", "Ready to accept connections"),
        ),
        ("7:S 01 Jan 2026 00:00:00.001 # a  b ", Line("00:00:00.001", "#", "a  b")),
        (
            "[21972] 24 Aug 12:44:58.831 # --- Memurai is starting ---",
            Line("12:44:58.831", "#", "--- Memurai is starting ---"),
        ),
        ("[21972] 24 Aug 2026 12:44:58.831 - x\r", Line("12:44:58.831", "-", "x")),
        (
            "*** FATAL CONFIG FILE ERROR (Redis 7.0.15) ***",
            Line("", "", "*** FATAL CONFIG FILE ERROR (Redis 7.0.15) ***"),
        ),
        (
            "1:signal-handler (1700000000) Received SIGTERM scheduling shutdown...",
            Line("", "", "1:signal-handler (1700000000) Received SIGTERM scheduling shutdown..."),
        ),
        (">>> 'requirepass \"sesame\"'", Line("", "", ">>> 'requirepass (hidden)")),
    ],
)
def test_lines_are_taken_apart(raw: str, line: Line) -> None:
    assert parse(raw) == line


@pytest.mark.parametrize(
    "text", ["Ready to accept connections", "Ready to accept connections tcp", "ready to ACCEPT connections"]
)
def test_ready(text: str) -> None:
    assert parse(f"1:M 01 Jan 2026 00:00:00.000 * {text}").says_ready


def test_pieces_become_lines() -> None:
    lines = Lines()
    assert list(lines.feed(b"on")) == []
    assert [str(line) for line in lines.feed(b"e\r\n\ntwo\nth\xff")] == ["one", "two"]
    assert [str(line) for line in lines.feed(b"")] == ["th\ufffd"]
    assert list(lines.tail) == ["one", "two", "th\ufffd"]


def test_the_last_lines_are_kept_and_long_ones_cut() -> None:
    lines = Lines()
    assert len(list(lines.feed(b"\n".join(b"%d" % number for number in range(100)) + b"\n"))) == 100
    assert list(lines.tail) == [str(number) for number in range(100 - TAIL, 100)]
    assert len(list(lines.feed(b"x" * (LONGEST + 1)))) == 1


def test_names_stand_below_one_another() -> None:
    stream = io.StringIO()
    printer = Printer(stream)
    printer.width = 9
    printer.say("hello")
    printer.pass_on("redis", parse("1:M 01 Jan 2026 00:00:00.000 * a"))
    printer.pass_on("replica-1", parse("raw"))
    printer.pass_on("redis", parse("1:M 01 Jan 2026 00:00:00.000 # WARNING Memory overcommit must be enabled! Without"))
    assert stream.getvalue() == "stubredis: hello\nredis     | 00:00:00.000 * a\nreplica-1 | raw\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device stands for a full disk")
def test_a_full_disk_is_no_reason_to_fail() -> None:
    stream = open("/dev/full", "w")  # noqa: PTH123, SIM115  (closed below, where it fails once more)
    printer = Printer(stream)
    printer.say("lost")
    printer.say("lost, too")
    assert printer.lost == 2
    with pytest.raises(OSError, match="No space left"):
        stream.close()


@pytest.mark.skipif(sys.platform == "win32", reason="a broken pipe is another error there")
def test_nobody_reads_any_more() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as stream:
        printer = Printer(stream)
        printer.say("to nobody")
        printer.say("to nobody")
        assert printer.lost == 0
