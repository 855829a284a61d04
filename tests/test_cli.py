"""The command line as its users meet it: exit codes, one line for a mistake, and what the server prints."""

from __future__ import annotations

import asyncio
import logging
import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from stubredis import __version__
from stubredis.cli import main, version
from stubredis.cli.serve import configure
from stubredis.config import TABLE
from stubredis.server import Server
from stubredis.serving import stop_on_signals
from tests.processes import free_port, stubredis


def run(*words: str, timeout: float = 30, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "stubredis", *words],
        capture_output=True,
        text=True,
        timeout=timeout,
        stdin=subprocess.DEVNULL,
        env={**os.environ, **environment},
        check=False,
    )


def mistake(*words: str) -> str:
    """Run, expect exit code 1 and a single line on stderr, and return it."""
    result = run(*words)
    assert result.returncode == 1
    assert "Traceback" not in result.stdout + result.stderr
    (line,) = result.stderr.splitlines()
    return line


@pytest.mark.parametrize("words", [[], ["-h"], ["--help"], ["help"]])
def test_help(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == 0
    assert "stubredis serve" in capsys.readouterr().out


@pytest.mark.parametrize("words", [["-v"], ["--version"]])
def test_version(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == 0
    extras = r"lua: lupa \S+, Lua 5\.1; redwood: ruamel\.yaml \S+"
    assert re.fullmatch(rf"stubredis {re.escape(__version__)} \({extras}\)\n", capsys.readouterr().out)


def test_version_without_extras(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(version, "installed", lambda _: False)
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"stubredis {__version__} (lua: not installed; redwood: not installed)\n"
    monkeypatch.setattr(version, "installed", lambda package: package != "greenlet")
    assert version.state("lua") == "greenlet is missing"


def test_help_of_serve_names_every_option(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["serve", "--help"]) == 0
    shown = capsys.readouterr().out
    assert [name for name, parameter in TABLE.items() if not parameter.hidden and f"  --{name} " not in shown] == []


def test_values_in_the_word_of_their_option() -> None:
    config = configure(["--requirepass 'two words'", "--save 60 1 ", "--databases", "4", "--port 7000"])
    assert (config.requirepass, config.databases, config.port) == ("two words", 4, 7000)
    assert config.save == configure(["--save", "60", "1"]).save


def test_help_of_ping(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ping", "--help"]) == 0
    assert "REDISCLI_AUTH" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["frobnicate"], "stubredis: unknown command 'frobnicate'; see: stubredis --help"),
        (
            ["serve", "--prot", "1"],
            "stubredis: unknown option '--prot' (did you mean --port?); see: stubredis serve --help",
        ),
        (["serve", "--port", "x"], "stubredis: bad value for --port: argument couldn't be parsed into an integer"),
        (
            ["serve", "--port", "65536"],
            "stubredis: bad value for --port: argument must be between 0 and 65535 inclusive",
        ),
        (["serve", "--port x"], "stubredis: bad value for --port: argument couldn't be parsed into an integer"),
        (["serve", "--requirepass 'x"], "stubredis: unbalanced quotes in '--requirepass 'x'"),
        (["serve", "--port"], "stubredis: bad value for --port: wrong number of arguments"),
        (["serve", "--port", "1", "2"], "stubredis: bad value for --port: wrong number of arguments"),
        (["serve", "--appendonly", "maybe"], "stubredis: bad value for --appendonly: argument must be 'yes' or 'no'"),
        (["serve", "/no/such.conf"], None),
        (["ping", "-p"], "stubredis: -p needs a value; see: stubredis ping --help"),
        (["ping", "-p", "0"], "stubredis: '0' is no port; it must be between 1 and 65535"),
        (["ping", "-x"], "stubredis: unexpected word '-x'; see: stubredis ping --help"),
    ],
)
def test_mistakes(words: list[str], line: str | None) -> None:
    said = mistake(*words)
    if line is None:
        assert said.startswith("stubredis: cannot read the configuration file /no/such.conf: ")
    else:
        assert said == line


def test_a_port_in_use() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = run("serve", "--port", str(port), "--bind", "127.0.0.1")
    assert result.returncode == 1
    (line,) = result.stderr.splitlines()
    assert line.startswith(f"stubredis: cannot listen on 127.0.0.1:{port}: ")
    assert line.endswith("choose another port with --port")


def test_conf_file_and_options(tmp_path: Path) -> None:
    conf = tmp_path / "redis.conf"
    conf.write_text('# a comment\n\nport 7000\nrequirepass "a b"\nsave 900 1\nmaxmemory 100mb\nBIND 127.0.0.1 -::1\n')
    config = configure(
        [str(conf), "--port", "7001", "--save", "", "--client-output-buffer-limit", "pubsub", "1mb", "0", "0"]
    )
    assert (config.port, config.requirepass, config.save, config.maxmemory) == (7001, "a b", (), 100 * 2**20)
    assert config.bind == ("127.0.0.1", "-::1")
    assert config.client_output_buffer_limit["pubsub"] == (2**20, 0, 0)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("port 7000\nfrobnicate yes\n", "line 2: frobnicate: Bad directive or wrong number of arguments"),
        ("port\n", "line 1: port: wrong number of arguments"),
        ("port x\n", "line 1: port: argument couldn't be parsed into an integer"),
        ('requirepass "a\n', "line 1: Unbalanced quotes in configuration line"),
    ],
)
def test_mistakes_in_a_conf_file(tmp_path: Path, text: str, complaint: str) -> None:
    conf = tmp_path / "redis.conf"
    conf.write_text(text)
    assert mistake("serve", str(conf)) == f"stubredis: {conf}, {complaint}"


def test_conf_from_the_standard_input() -> None:
    result = subprocess.run(
        [sys.executable, "-m", "stubredis", "serve", "-"],
        input=b"port nonsense\n",
        capture_output=True,
        timeout=30,
        check=False,
    )
    assert (result.returncode, result.stderr.count(b"\n")) == (1, 1)
    assert b"-, line 1: port" in result.stderr


def test_serve_prints_what_tools_wait_for() -> None:
    with stubredis() as server:
        log = server.describe()
    assert re.search(
        r"^\d+:M \d\d \w{3} \d{4} \d\d:\d\d:\d\d\.\d{3} \* Ready to accept connections tcp$", log, re.MULTILINE
    )
    assert f"port={server.port}" in log


@pytest.mark.skipif(sys.platform == "win32", reason="signals cannot be sent to one process there")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signals_stop_it_with_exit_code_0(number: signal.Signals) -> None:
    command = [sys.executable, "-m", "stubredis", "serve", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if "Ready to accept" in line:
                break
        process.send_signal(number)
        out, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (0, "")
    assert out.rstrip().endswith("bye bye...")


NUMBERS = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGBREAK") if hasattr(signal, name)]


@pytest.mark.parametrize("number", NUMBERS)
def test_what_signals_do(number: signal.Signals, caplog: pytest.LogCaptureFixture) -> None:
    """On Windows these are Ctrl-C, a program's own doing, and Ctrl-Break or the end of the console."""

    async def be_told() -> None:
        server = Server()
        stop_on_signals(asyncio.get_running_loop(), server)
        asyncio.get_running_loop().call_soon(signal.raise_signal, number)
        await server.serve()

    before = {number: signal.getsignal(number) for number in NUMBERS}
    try:
        asyncio.run(be_told())
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
    said = "User requested shutdown..." if number == signal.SIGINT else f"Received {number.name} scheduling shutdown..."
    assert [record.message for record in caplog.records if record.levelno == logging.WARNING] == [said]


def test_ping() -> None:
    with stubredis() as server:
        answer = run("ping", "-p", str(server.port))
        assert (answer.returncode, answer.stdout) == (0, "PONG\n")
    gone = run("ping", "-h", "127.0.0.1", "-p", str(server.port))
    assert gone.returncode == 1
    assert gone.stderr.startswith(f"stubredis: cannot connect to 127.0.0.1:{server.port}: ")


def test_ping_with_a_password() -> None:
    with stubredis(password="secret") as server:
        port = str(server.port)
        answers = [
            run("ping", "-p", port),
            run("ping", "-p", port, "-a", "wrong"),
            run("ping", "-p", port, "-a", "secret"),
            run("ping", "-p", port, REDISCLI_AUTH="secret"),
        ]
    assert [(answer.returncode, answer.stdout) for answer in answers] == [
        (1, "NOAUTH Authentication required.\n"),
        (1, "WRONGPASS invalid username-password pair or user is disabled.\n"),
        (0, "PONG\n"),
        (0, "PONG\n"),
    ]


@pytest.mark.skipif(sys.platform == "win32", reason="no unix sockets there")
def test_unix_socket(tmp_path: Path) -> None:
    path = tmp_path / "redis.sock"
    with stubredis("--unixsocket", str(path), "--unixsocketperm", "700", "--port", str(free_port())):
        assert path.stat().st_mode & 0o777 == 0o700
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(str(path))
            connection.sendall(b"PING\r\n")
            assert connection.recv(64) == b"+PONG\r\n"
    assert not path.exists()


def test_any_character_can_be_logged(tmp_path: Path) -> None:
    """Also one that the encoding of the standard output lacks, and bytes that are no text."""
    conf = tmp_path / "redis.conf"
    conf.write_bytes(b"loadmodule /\xe2\x82\xac\xff.so\n")
    shown = "the module /\u20ac\\udcff.so is not loaded"
    with socket.create_server(("127.0.0.1", 0)) as taken:
        options = ["--port", str(taken.getsockname()[1]), "--bind", "127.0.0.1"]
        command = [sys.executable, "-m", "stubredis", "serve", str(conf), *options]
        environment = {**os.environ, "PYTHONIOENCODING": "cp1252"}
        result = subprocess.run(command, capture_output=True, env=environment, timeout=30, check=False)
        assert shown in result.stdout.decode()
        assert result.stderr.count(b"\n") == 1
        run("serve", str(conf), *options, "--logfile", str(tmp_path / "redis.log"))
    assert shown in (tmp_path / "redis.log").read_text(encoding="utf-8")


def test_log_file_and_level(tmp_path: Path) -> None:
    quiet = run("serve", "--loglevel", "loud")
    assert quiet.returncode == 1
    log = tmp_path / "redis.log"
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = run("serve", "--logfile", str(log), "--port", str(port), "--bind", "127.0.0.1")
    assert result.stdout == ""
    assert "just started" in log.read_text()
