"""`stubredis launch` from outside, with real servers: how they come up, are kept up, and end, and that none stays."""

from __future__ import annotations

import os
import re
import signal
import socket
import sys
from pathlib import Path

import psutil
import pytest
import redis

from tests.launcher.processes import assert_gone, fake_redis, free_row, is_gone, launcher
from tests.processes import free_port, stubredis
from tests.programs import path_of

if sys.platform == "win32":
    pytest.skip("signals and scripts as programs are for POSIX", allow_module_level=True)

REAL = [
    pytest.param("redis-server 7.0", marks=pytest.mark.needs("redis-server 7.0")),
    pytest.param("valkey", marks=pytest.mark.needs("valkey")),
]
NASTY = "p w\"\\#'"


def test_stub_is_the_default(tmp_path: Path) -> None:
    port = str(free_port())
    with launcher(tmp_path, "--port", port, "--password", NASTY) as launched:
        pid = launched.wait_until_ready()
        assert pid == launched.pid
        assert redis.Redis(port=int(port), password=NASTY).ping()
        line = launched.wait_for("^stubredis: ready: ")[0]
        assert f"redis://127.0.0.1:{port} (host 127.0.0.1, port {port}, with a password)" in launched.output, line
        assert NASTY not in launched.output
        assert launched.stop() == 0
    assert list(tmp_path.rglob("*.json")) == []


@pytest.mark.parametrize("name", REAL)
def test_a_real_server_with_a_password(tmp_path: Path, name: str) -> None:
    port = str(free_port())
    options = ("--provider", "redis", "--redis-path", path_of(name), "--port", port)
    (tmp_path / "secret").write_text(f"{NASTY}\nnot this\n")
    with launcher(tmp_path, *options, "--password-file", "secret") as launched:
        pid = launched.wait_until_ready()
        client = redis.Redis(port=int(port), password=NASTY)
        assert client.info()["process_id"] == pid
        assert client.config_get("save") == {"save": ""}
        assert "p w" not in " ".join(psutil.Process(pid).cmdline())
        assert os.getsid(pid) == pid  # Ctrl-C in a terminal does not reach it
        launched.signal(signal.SIGINT)
        assert launched.end() == 0
    assert_gone(pid)
    assert NASTY not in launched.output
    assert list(tmp_path.rglob("*127.0.0.1*")) == []


@pytest.mark.needs("redis-server 7.0")
def test_output_is_marked_and_without_noise(tmp_path: Path) -> None:
    options = ("--provider", "redis", "--redis-path", path_of("redis-server 7.0"), "--port", str(free_port()))
    with launcher(tmp_path, *options) as launched:
        launched.wait_until_ready()
        launched.wait_for(r"^redis \| \d\d:\d\d:\d\d\.\d{3} \* Ready to accept connections")
        launched.stop()
    assert "overcommit" not in launched.output
    assert all(line.startswith(("redis | ", "stubredis: ")) for line in launched.lines)


@pytest.mark.parametrize("name", REAL)
def test_replicas_are_wired(tmp_path: Path, name: str) -> None:
    first = free_row(3)
    options = ("--provider", "redis", "--redis-path", path_of(name), "--port", str(first), "--password", "pw")
    with launcher(tmp_path, *options, "--replicas", "2") as launched:
        launched.wait_until_ready()
        master = redis.Redis(port=first, password="pw")
        master.set("k", "v")
        assert master.wait(2, 10_000) == 2
        for number in (1, 2):
            replica = redis.Redis(port=first + number, password="pw")
            assert replica.info("replication")["master_link_status"] == "up"
            assert replica.get("k") == b"v"
        pids = [process.pid for process in launched.servers()]
        assert len(pids) == 3
        assert f"replicas on port {first + 1}, {first + 2}" in launched.output
        assert launched.stop() == 0
    for pid in pids:
        assert_gone(pid)


@pytest.mark.needs("redis-server 7.0")
def test_a_crashed_server_is_started_again(tmp_path: Path) -> None:
    port = free_port()
    options = ("--provider", "redis", "--redis-path", path_of("redis-server 7.0"), "--port", str(port))
    with launcher(tmp_path, *options) as launched:
        pid = launched.wait_until_ready()
        os.kill(pid, signal.SIGKILL)
        launched.wait_for(r"^stubredis: redis was ended by SIGKILL after [\d.]+ s; it is started again in 0\.[56]")
        again = int(launched.wait_for(r"^stubredis: redis is ready again, pid (\d+)")[1])
        assert redis.Redis(port=port).info()["process_id"] == again != pid
        assert f"redis {again}" in launched.run("status").stdout
        assert launched.stop() == 0
    assert_gone(again)


@pytest.mark.needs("redis-server 7.0")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGKILL, 137), (signal.SIGTERM, 0)])
def test_without_restart_it_ends_with_the_server(tmp_path: Path, number: int, code: int) -> None:
    options = ("--provider", "redis", "--redis-path", path_of("redis-server 7.0"), "--port", str(free_port()))
    with launcher(tmp_path, *options, "--no-restart") as launched:
        os.kill(launched.wait_until_ready(), number)
        assert launched.end() == code


def test_a_launcher_that_is_killed_leaves_nothing(tmp_path: Path) -> None:
    """Not even a server that ignores SIGTERM."""
    program = fake_redis(tmp_path / "bin", "stubborn")
    with launcher(tmp_path, "--provider", "redis", "--redis-path", program, "--port", str(free_port())) as launched:
        pid = launched.wait_until_ready()
        launched.signal(signal.SIGKILL)
        launched.end()
        assert_gone(pid)


def test_a_server_that_does_not_end_is_killed(tmp_path: Path) -> None:
    program = fake_redis(tmp_path / "bin", "stubborn")
    options = ("--provider", "redis", "--redis-path", program, "--port", str(free_port()), "--grace", "0.3")
    with launcher(tmp_path, *options) as launched:
        pid = launched.wait_until_ready()
        assert launched.stop() == 128 + signal.SIGTERM
        assert "redis does not end within 0.3 s, it is killed" in launched.output
    assert_gone(pid)


def test_the_second_ctrl_c_kills(tmp_path: Path) -> None:
    program = fake_redis(tmp_path / "bin", "stubborn")
    options = ("--provider", "redis", "--redis-path", program, "--port", str(free_port()), "--grace", "1000")
    with launcher(tmp_path, *options) as launched:
        pid = launched.wait_until_ready()
        launched.signal(signal.SIGINT)
        launched.wait_for("redis is asked to end")
        assert not is_gone(pid)
        launched.signal(signal.SIGINT)
        assert launched.end() == 128 + signal.SIGINT
    assert_gone(pid)


def test_a_crash_loop_comes_to_an_end(tmp_path: Path) -> None:
    """The times are those of test_states.py; here only the first of five waits is real."""
    program = fake_redis(tmp_path / "bin", "signal 6", "exit 7 no more of this")
    with launcher(tmp_path, "--provider", "redis", "--redis-path", program, "--port", str(free_port())) as launched:
        launched.wait_for("was ended by SIGABRT before it was ready; it is started again in 0")
        assert launched.end() == 1
    assert "stubredis: redis cannot be started: it ended with exit code 7" in launched.lines
    assert "    no more of this" in launched.lines


@pytest.mark.parametrize(
    ("life", "complaint"),
    [
        ("exit 1 Can't open the log file: Permission denied", "ended with exit code 1; may this user use the port"),
        ("exit 0", "ended with exit code 0"),
    ],
)
def test_an_early_failure_is_told_and_not_repeated(tmp_path: Path, life: str, complaint: str) -> None:
    program = fake_redis(tmp_path / "bin", life)
    port = str(free_port())
    options = ("--provider", "redis", "--redis-path", program, "--port", port, "--password", "sesame")
    with launcher(tmp_path, *options) as launched:
        assert launched.end() == 1
    (first,) = [line for line in launched.lines if line.startswith("stubredis: redis cannot be started: ")]
    assert complaint in first
    assert f"  command: {program} - --port {port} --bind 127.0.0.1 -::1 --daemonize no" in launched.output
    assert "sesame" not in launched.output
    assert "Traceback" not in launched.output


@pytest.mark.needs("redis-server 7.0")
def test_the_words_of_a_real_server_that_refuses(tmp_path: Path) -> None:
    """A wrapper as people write them, that adds an option which this version does not know."""
    program = tmp_path / "redis-server"
    program.write_text(f'#!/bin/sh\nexec {path_of("redis-server 7.0")} "$@" --no-such-option 1\n')
    program.chmod(0o755)
    with launcher(
        tmp_path, "--provider", "redis", "--redis-path", str(program), "--port", str(free_port())
    ) as launched:
        assert launched.end() == 1
    assert "nosuch" in launched.output.replace("-", "")


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("#!/bin/sh\necho I am a teapot\n", "is not a Redis server: asked for its --version, it said: I am a teapot"),
        ("#!/bin/sh\nexit 1\n", "is not a Redis server: asked for its --version, it said: nothing"),
        ("#!/no/such/interpreter\n", "cannot run "),
        ("", "cannot run "),
    ],
)
def test_a_program_that_is_no_redis(tmp_path: Path, content: str, complaint: str) -> None:
    program = tmp_path / "redis-server"
    program.write_text(content)
    program.chmod(0o755)
    with launcher(
        tmp_path, "--provider", "redis", "--redis-path", str(program), "--port", str(free_port())
    ) as launched:
        assert launched.end() == 1
    (line,) = launched.lines
    assert line.startswith("stubredis: ")
    assert complaint in line


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_wrapper_that_starts_the_server_as_its_child(tmp_path: Path, number: int) -> None:
    program = fake_redis(tmp_path / "bin", "fork")
    with launcher(tmp_path, "--provider", "redis", "--redis-path", program, "--port", str(free_port())) as launched:
        pid = launched.wait_until_ready()
        processes = [process.pid for process in launched.servers()]
        assert pid in processes
        launched.signal(number)
        assert launched.end() == (0 if number == signal.SIGTERM else -number)
    for pid in processes:
        assert_gone(pid)


@pytest.mark.parametrize("provider", ["stub", "redis"])
def test_the_end_of_the_terminal_is_the_end(tmp_path: Path, provider: str) -> None:
    program = fake_redis(tmp_path / "bin", "serve")
    options = ("--provider", provider, "--redis-path", program, "--port", str(free_port()))
    with launcher(tmp_path, *options) as launched:
        launched.wait_until_ready()
        launched.signal(signal.SIGHUP)
        assert launched.end() == 0
    assert list(tmp_path.rglob("*.json")) == []


def test_a_port_that_another_launcher_has(tmp_path: Path) -> None:
    port = str(free_port())
    with launcher(tmp_path, "--port", port) as first:
        first.wait_until_ready()
        with launcher(tmp_path, "--port", port) as second:
            assert second.end() == 1
        assert f"pid {first.pid} (launched by stubredis, pid {first.pid}); stop it" in second.output


@pytest.mark.parametrize("provider", ["stub", "redis"])
def test_a_port_that_another_server_has(tmp_path: Path, provider: str) -> None:
    with stubredis() as other, launcher(tmp_path, "--provider", provider, "--port", str(other.port)) as launched:
        assert launched.end() == 1
    (line,) = launched.lines
    assert line.startswith(f"stubredis: 127.0.0.1:{other.port} is already served by stubredis ")
    assert f"pid {other.pid}; stop it, choose another port with --port, or adopt it with --use-running" in line


def test_a_port_that_something_else_has(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with launcher(tmp_path, "--port", str(port)) as launched:
            with taken.accept()[0] as connection:
                connection.sendall(b"220 mail.example.com ESMTP\r\n")
            assert launched.end() == 1
    (line,) = launched.lines
    assert "is already served by something that is no Redis (what listens there does not speak" in line


def test_a_running_server_is_adopted_and_left_alone(tmp_path: Path) -> None:
    with stubredis(password="pw") as other:
        options = ("--port", str(other.port), "--password", "pw", "--use-running")
        with launcher(tmp_path, *options) as launched:
            assert launched.wait_until_ready() == other.pid
            assert launched.stop() == 0
        assert redis.Redis(port=other.port, password="pw").ping()


@pytest.mark.skipif(sys.platform != "linux", reason="0.0.0.0 as a host that is not loopback and yet here")
def test_servers_elsewhere_are_watched(tmp_path: Path) -> None:
    with stubredis(password="pw") as other:
        options = ("--provider", "redis", "--host", "0.0.0.0", "--port", str(other.port))
        with launcher(tmp_path, *options, "--password", "pw") as launched:
            assert launched.wait_until_ready() == other.pid
            other.restart()
            launched.wait_for("^stubredis: lost the master")
            launched.wait_for("^stubredis: the master .* is back")
            assert launched.stop() == 0
        for password, complaint in (
            ("wrong", "does not take the configured password"),
            ("", "wants a password, and none"),
        ):
            with launcher(tmp_path, *options, "--password", password) as launched:
                assert launched.end() == 1
            assert re.search(f"^stubredis: the master 0.0.0.0:{other.port} {complaint}", launched.lines[-1])
    with launcher(tmp_path, *options) as launched:
        assert launched.end() == 1
    assert launched.lines[-1] == f"stubredis: cannot reach the master 0.0.0.0:{other.port}: connection refused"


@pytest.mark.needs("redis-server 7.0")
@pytest.mark.parametrize("provider", ["stub", "redis"])
def test_persistence(tmp_path: Path, provider: str) -> None:
    """What the master has is there again, from its append-only file or its snapshot; replicas keep nothing."""
    first = free_row(2)
    configuration(tmp_path)
    chart = tmp_path / "config" / "node" / "default" / "deployment" / "dependencies" / "redis.yaml"
    chart.parent.mkdir(parents=True)
    chart.write_text("values: {master: {persistence: {enabled: true}}, replica: {replicaCount: 1}}")
    program = path_of("redis-server 7.0")
    options = ("--provider", provider, "--redis-path", program, "--port", str(first), "--data-dir", "data")
    for value in (1, 2):
        with launcher(tmp_path, *options) as launched:
            launched.wait_until_ready()
            assert redis.Redis(port=first).incr("starts") == value
            if provider == "redis":
                assert redis.Redis(port=first + 1).config_get("appendonly") == {"appendonly": "no"}
            assert launched.stop() == 0
    assert [path.name for path in (tmp_path / "data").iterdir()] == [f"127.0.0.1-{first}"]


def test_nothing_is_kept_or_found_where_it_is_not_wanted(tmp_path: Path) -> None:
    (tmp_path / "dump.rdb").write_bytes(b"not for this server")
    port = free_port()
    with launcher(tmp_path, "--port", str(port)) as launched:
        launched.wait_until_ready()
        assert redis.Redis(port=port).save()
        assert launched.stop() == 0
        assert [path.name for path in (tmp_path / "stubredis").iterdir()] == []
    assert (tmp_path / "dump.rdb").read_bytes() == b"not for this server"


def test_memurai(tmp_path: Path) -> None:
    """Not the real one, which there is for Windows only: what its program gets, and that its password file goes."""
    program = fake_redis(tmp_path / "bin", "file")
    options = ("--provider", "memurai", "--memurai-path", program, "--port", str(free_port()), "--password", "sesame")
    with launcher(tmp_path, *options) as launched:
        launched.wait_until_ready()
        launched.wait_for(r"^memurai \| the file was requirepass \(hidden\)")
        launched.wait_for("^stubredis: ready: .* with a password")
        assert list(tmp_path.rglob("passwords.conf")) == []
        assert launched.stop() == 0
    assert "sesame" not in launched.output


def configuration(folder: Path, **texts: str) -> None:
    """Write environments, each with what it says of Redis."""
    for environment, text in {"default": "provider: stub", **texts}.items():
        path = folder / "config" / "node" / environment / "persistence" / "redis.yaml"
        path.parent.mkdir(parents=True)
        path.write_text(text)


def test_an_environment_decides(tmp_path: Path) -> None:
    port, other = free_port(), free_port()
    program = fake_redis(tmp_path / "bin", "serve")
    configuration(
        tmp_path,
        test=f"password: secret|x\nmaster: {{port: {port}}}",
        local=f"provider: redis\nmaster: localhost:{other}",
    )
    (tmp_path / "config" / "node" / "default" / "secrets.yaml").write_text("provider: vault")
    with launcher(tmp_path, "test", "--password", "pw") as launched:
        launched.wait_until_ready()
        assert launched.lines[0].startswith("stubredis: environment test: provider stub (")
        assert redis.Redis(port=port, password="pw").ping()
        assert "[test]" in launched.run("status").stdout
    with launcher(tmp_path, "--redis-path", program, NODE_CONFIG_ENV="local") as launched:
        launched.wait_for(rf"^stubredis: ready: redis://localhost:{other} ")
        assert launched.stop() == 0


def test_an_environment_that_is_wrong(tmp_path: Path) -> None:
    configuration(tmp_path, broken="provider: mysql")
    for words, complaint in (
        (["brokn"], "there is no environment 'brokn' in"),
        (["broken"], "'mysql' is none of stub"),
    ):
        with launcher(tmp_path, *words) as launched:
            assert launched.end() == 1
        (line,) = launched.lines
        assert complaint in line
        doctor = launched.run("doctor", *words)
        assert doctor.returncode == 1
        assert re.search(f"^WRONG configuration: .*{complaint}", doctor.stdout)
    with launcher(tmp_path, "--config-dir", "elsewhere") as launched:
        assert launched.end() == 1
    (line,) = launched.lines
    assert "elsewhere" in line


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["--provider", "mysql"], "--provider: invalid choice: 'mysql' (choose from "),
        (["--prot", "1"], "unknown option '--prot' (did you mean --port?); see: stubredis launch --help"),
        (["--port", "0"], "--port: '0' is no port; it must be between 1 and 65535; see: stubredis launch --help"),
        (["--grace", "-1"], "--grace: '-1' is no number of seconds; see: stubredis launch --help"),
        (["--replicas", "x"], "--replicas: 'x' is no number between 0 and 100; see: stubredis launch --help"),
        (["a", "b"], "unexpected word 'b'; see: stubredis launch --help"),
        (["--password-file", "/no/such"], "cannot read the password file /no/such: No such file or directory"),
        (
            ["--provider", "redis", "--redis-path", "/no/such"],
            "cannot find redis-server: there is no /no/such (--redis-path)",
        ),
        (["--provider", "memurai", "--memurai-path", "/no/such"], "cannot find Memurai: there is no /no/such "),
        (["--host", "203.0.113.9", "--port", "7000"], "cannot listen on 203.0.113.9:7000: it is no address of this "),
        (
            ["--host", "no.such.invalid", "--port", "7000"],
            "cannot listen on no.such.invalid:7000: it is no address of ",
        ),
    ],
)
def test_mistakes(tmp_path: Path, words: list[str], line: str) -> None:
    port = [] if "--port" in words else ["--port", str(free_port())]
    with launcher(tmp_path, *words, *port) as launched:
        assert launched.end() == 1
    (said,) = launched.lines
    assert said.startswith(f"stubredis: {line}")
