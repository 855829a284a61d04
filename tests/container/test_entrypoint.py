"""The entrypoint without a container: what arguments and environment come to."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from stubredis.cli.mistakes import UsageError
from stubredis.config import ConfigError
from stubredis.container import entrypoint
from stubredis.container.entrypoint import StartError, check_directory, configure, server_options
from stubredis.versions import COMPATIBLE_WITH
from tests.processes import free_port

posix = pytest.mark.skipif(sys.platform == "win32", reason="the image is one for Linux")


@pytest.mark.parametrize(
    ("words", "options"),
    [
        ([], []),
        (["--requirepass", "x"], ["--requirepass", "x"]),
        (["-h"], ["-h"]),
        (["redis-server"], []),
        (["redis-server", "--port", "7000"], ["--port", "7000"]),
        (["/usr/local/bin/redis-server", "/etc/redis.conf"], ["/etc/redis.conf"]),
        (["valkey-server", "--port", "7000"], ["--port", "7000"]),
        (["/etc/redis.conf", "--port", "7000"], ["/etc/redis.conf", "--port", "7000"]),
        (["stubredis", "serve", "--port", "7000"], ["--port", "7000"]),
        (["serve", "--port", "7000"], ["--port", "7000"]),
        (["stubredis", "ping"], None),
        (["sh"], None),
        (["redis-cli", "ping"], None),
    ],
)
def test_which_words_are_for_the_server(words: list[str], options: list[str] | None) -> None:
    assert server_options(words) == options


def test_the_defaults_are_those_of_the_image_of_redis() -> None:
    config = configure([], {})
    assert config.bind == ("*", "-::*")
    assert config.protected_mode is False
    assert (config.port, config.requirepass) == (6379, "")


def test_arguments_beat_the_environment_and_that_the_file(tmp_path: Path) -> None:
    file = tmp_path / "redis.conf"
    file.write_text("bind 10.0.0.7\nport 1\ndatabases 1\nrequirepass file\n")
    config = configure([str(file)], {})
    assert (config.bind, config.port, config.databases, config.requirepass) == (("10.0.0.7",), 1, 1, "file")
    environment = {"REDIS_PORT_NUMBER": "2", "REDIS_PASSWORD": "variable", "STUBREDIS_ARGS": "--databases 2"}
    config = configure([str(file)], environment)
    assert (config.port, config.databases, config.requirepass) == (2, 2, "variable")
    config = configure([str(file), "--port", "3", "--databases", "3", "--requirepass", "argument"], environment)
    assert (config.port, config.databases, config.requirepass) == (3, 3, "argument")


@pytest.mark.parametrize(
    ("environment", "port"),
    [
        ({"STUBREDIS_LISTEN_PORT": "7001"}, 7001),
        ({"REDIS_PORT_NUMBER": "7002"}, 7002),
        ({"STUBREDIS_LISTEN_PORT": "7001", "REDIS_PORT_NUMBER": "7002"}, 7001),
        ({"STUBREDIS_LISTEN_PORT": "", "REDIS_PORT_NUMBER": "7002"}, 7002),
        ({"STUBREDIS_LISTEN_PORT": "tcp://10.0.0.7:6379"}, 6379),
        ({"REDIS_PORT": "tcp://10.0.0.7:6379"}, 6379),
        ({"REDIS_PORT": "7003", "STUBREDIS_PORT": "7004"}, 6379),
    ],
)
def test_ports(environment: dict[str, str], port: int) -> None:
    assert configure([], environment).port == port


@pytest.mark.parametrize("value", ["http", "0", "65536", "-1", "6379 ", "٣"])
def test_no_ports(value: str) -> None:
    with pytest.raises(StartError, match=f"must be a port between 1 and 65535, not '{value}'"):
        configure([], {"REDIS_PORT_NUMBER": value})


def test_passwords(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_bytes("pässword with --dashes\r\n".encode())
    assert configure([], {"REDIS_PASSWORD": "--port 7000"}).requirepass == "--port 7000"
    assert configure([], {"REDIS_PASSWORD": ""}).requirepass == ""
    assert configure([], {"REDIS_PASSWORD_FILE": str(file)}).requirepass == "pässword with --dashes"
    with pytest.raises(StartError, match="both set"):
        configure([], {"REDIS_PASSWORD": "x", "REDIS_PASSWORD_FILE": str(file)})
    with pytest.raises(StartError, match=r"cannot read .*: No such file or directory"):
        configure([], {"REDIS_PASSWORD_FILE": str(tmp_path / "none")})
    file.write_bytes(b"\n")
    with pytest.raises(StartError, match="is empty"):
        configure([], {"REDIS_PASSWORD_FILE": str(file)})
    file.write_bytes(b"\xff")
    with pytest.raises(StartError, match="is no text"):
        configure([], {"REDIS_PASSWORD_FILE": str(file)})


@pytest.mark.parametrize("value", ["no", "No", "false", "0", "off"])
def test_no_empty_password(value: str, tmp_path: Path) -> None:
    environment = {"ALLOW_EMPTY_PASSWORD": value}
    with pytest.raises(StartError, match="there is no password: set REDIS_PASSWORD"):
        configure([], environment)
    assert configure([], {**environment, "REDIS_PASSWORD": "x"}).requirepass == "x"
    assert configure(["--requirepass", "x"], environment).requirepass == "x"
    assert configure(["--user", "default", "on", ">x"], environment).users


@pytest.mark.parametrize("value", ["yes", "TRUE", "1", "on", ""])
def test_empty_passwords(value: str) -> None:
    assert configure([], {"ALLOW_EMPTY_PASSWORD": value}).requirepass == ""


@pytest.mark.parametrize(
    ("environment", "line"),
    [
        ({"ALLOW_EMPTY_PASSWORD": "maybe"}, "ALLOW_EMPTY_PASSWORD must be yes or no, not 'maybe'"),
        ({"STUBREDIS_ARGS": "--requirepass 'x"}, "STUBREDIS_ARGS cannot be split into words: no closing quotation"),
    ],
)
def test_other_variables(environment: dict[str, str], line: str) -> None:
    with pytest.raises(StartError, match=line):
        configure([], environment)


def test_options_are_checked_as_everywhere(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="did you mean --port"):
        configure(["--prot", "1"], {})
    (tmp_path / "redis.conf").write_text("port http\n")
    with pytest.raises(ConfigError, match="line 1"):
        configure([str(tmp_path / "redis.conf")], {})


def test_directories(tmp_path: Path) -> None:
    check_directory(tmp_path)
    with pytest.raises(StartError, match="there is no such directory"):
        check_directory(tmp_path / "none")


@pytest.mark.parametrize(
    ("words", "environment", "line"),
    [
        (["frobnicate"], {}, "'frobnicate' is no option, no .conf file and no program of this image"),
        ([], {"REDIS_PORT_NUMBER": "x"}, "REDIS_PORT_NUMBER must be a port between 1 and 65535, not 'x'"),
        (["--port", "x"], {}, "bad value for --port: argument couldn't be parsed into an integer"),
    ],
)
def test_mistakes_are_one_line(
    words: list[str], environment: dict[str, str], line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert entrypoint.main(words, environment) == 1
    assert capsys.readouterr() == ("", f"stubredis: {line}\n")


def test_versions_and_help(capsys: pytest.CaptureFixture[str]) -> None:
    for words in (["--version"], ["redis-server", "-v"]):
        assert entrypoint.main(words, {}) == 0
        assert capsys.readouterr().out.startswith(f"Redis server v={COMPATIBLE_WITH} sha=")
    assert entrypoint.main(["stubredis", "--version"], {}) == 0
    assert capsys.readouterr().out.startswith("stubredis ")
    assert entrypoint.main(["--help"], {}) == 0
    assert "stubredis serve" in capsys.readouterr().out


@posix
def test_it_runs_as_a_script_and_stops_on_sigterm() -> None:
    command = [sys.executable, "-u", entrypoint.__file__, "redis-server", "--port", str(free_port())]
    with subprocess.Popen([*command, "--bind", "127.0.0.1"], stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        assert any("Ready to accept connections tcp" in line for line in server.stdout)
        server.send_signal(signal.SIGTERM)
        assert server.wait() == 0


@posix
def test_it_becomes_another_program() -> None:
    command = [sys.executable, entrypoint.__file__, "sh", "-c", "echo $0 $$"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as shell:
        assert shell.communicate()[0] == f"sh {shell.pid}\n"
