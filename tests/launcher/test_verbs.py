"""`stubredis status`, `stop`, `wait` and `doctor`, and the files by which they find launchers."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from stubredis.cli import main
from stubredis.cli.mistakes import UsageError
from stubredis.cli.options import Parser
from stubredis.launcher import pidfile
from stubredis.launcher.doctor import examine
from stubredis.launcher.pidfile import Record
from stubredis.launcher.settings import Address, Provider, Settings
from tests.launcher.processes import assert_gone, fake_redis, launcher
from tests.processes import free_port, stubredis

posix = pytest.mark.skipif(sys.platform == "win32", reason="signals and scripts as programs are for POSIX")


@pytest.fixture(autouse=True)
def runtime_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let files of launchers be here."""
    for name in ("XDG_RUNTIME_DIR", "LOCALAPPDATA"):
        monkeypatch.setenv(name, str(tmp_path))
    for name in ("NODE_CONFIG_ENV", "NODE_CONFIG_DIR", "REDISCLI_AUTH"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path / "stubredis"


def record(port: int) -> Record:
    """Make what this process would tell of itself, if it were a launcher."""
    return Record(os.getpid(), pidfile.started_at(os.getpid()), "127.0.0.1", port, "redis")


@posix
def test_status_and_stop(tmp_path: Path) -> None:
    first, second = free_port(), free_port()
    with (
        launcher(tmp_path, "--port", str(first), "--password", "pw") as one,
        launcher(tmp_path, "--port", str(second)) as two,
    ):
        one.wait_until_ready()
        two.wait_until_ready()
        status = one.run("status")
        assert status.returncode == 0
        lines = status.stdout.splitlines()
        assert len(lines) == 2
        assert f"redis://127.0.0.1:{first} answers (stub, stubredis " in status.stdout
        assert f"with a password); launcher {one.pid}\n" in status.stdout

        status = one.run("status", "--json", "--port", str(second))
        (shown,) = json.loads(status.stdout)
        assert (shown["pid"], shown["port"], shown["answers"], shown["password"]) == (two.pid, second, True, False)

        which = one.run("stop")
        ports = ", ".join(map(str, sorted((first, second))))
        assert which.returncode == 1
        assert which.stderr == (
            f"stubredis: there are 2 launchers, on the ports {ports}: say which with --port, or --all\n"
        )

        stopped = one.run("stop", "--port", str(first))
        assert (stopped.returncode, stopped.stderr) == (0, "")
        assert one.end() == 0
        assert one.run("stop", "--all").returncode == 0
        assert two.end() == 0
        assert (one.run("status").returncode, one.run("stop").returncode) == (1, 1)


@posix
def test_status_of_a_server_that_does_not_answer(tmp_path: Path) -> None:
    program = fake_redis(tmp_path / "bin", "serve")
    port = str(free_port())
    with launcher(tmp_path, "--provider", "redis", "--redis-path", program, "--port", port, "--hang", "0") as launched:
        pid = launched.wait_until_ready()
        os.kill(pid, signal.SIGSTOP)
        status = launched.run("status")
        assert status.returncode == 2
        assert "does not answer: no answer in time (redis, Redis 7.0.0, no password)" in status.stdout
        assert f"; launcher {launched.pid}, redis {pid}\n" in status.stdout
        os.kill(pid, signal.SIGCONT)
        assert launched.stop() == 0


@posix
def test_a_launcher_that_was_killed_is_not_believed(tmp_path: Path, runtime_folder: Path) -> None:
    port = str(free_port())
    options = ("--provider", "redis", "--redis-path", fake_redis(tmp_path / "bin", "serve"), "--port", port)
    with launcher(tmp_path, *options) as launched:
        pid = launched.wait_until_ready()
        (path,) = runtime_folder.glob("*.json")
        launched.signal(signal.SIGKILL)
        launched.end()
        assert_gone(pid)
        assert launched.run("status").returncode == 1
        doctor = launched.run("doctor", "--port", port)
        assert doctor.returncode == 1
        assert f"WRONG {path} is left from a launcher that was killed, pid {launched.pid}" in doctor.stdout
        assert f"-> remove {path}" in doctor.stdout
        left = [folder for folder in runtime_folder.iterdir() if folder.is_dir()]
        assert len(left) == 1
        with launcher(tmp_path, *options) as again:  # removes what is left, and tells of itself in the same file
            again.wait_until_ready()
            assert not left[0].exists()
            assert json.loads(path.read_text())["pid"] == again.pid
            assert again.stop() == 0


def test_records_are_believed_by_the_start_of_the_process() -> None:
    mine = record(7000)
    assert mine.is_alive
    assert not replace(mine, started="long ago").is_alive
    assert not replace(mine, started="").is_alive
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
        assert pidfile.started_at(process.pid) == ""


@pytest.mark.skipif(sys.platform == "win32", reason="there are no zombies")
def test_a_zombie_does_not_run() -> None:
    process = subprocess.Popen([sys.executable, "-c", ""], stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.read()
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    assert pidfile.started_at(process.pid) == ""
    process.communicate()


def test_records_are_read_as_they_were_written(runtime_folder: Path) -> None:
    for port in (7001, 7000):
        pidfile.write(record(port))
    pidfile.write(replace(record(7002), started="long ago"))
    (runtime_folder / "broken.json").write_text("{")
    (runtime_folder / "other.json").write_text('{"pid": 1}')
    assert pidfile.alive() == [record(7000), record(7001)]
    pidfile.remove(replace(record(7000), pid=1))  # which has no right to
    pidfile.remove(record(7001))
    assert pidfile.alive() == [record(7000)]


@posix
def test_the_folder_of_somebody_else_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XDG_RUNTIME_DIR")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    folder = pidfile.runtime_folder()
    assert folder.stat().st_mode & 0o777 == 0o700
    folder.rmdir()
    folder.symlink_to("/")
    with pytest.raises(pidfile.LaunchError, match="belongs to somebody else"):
        pidfile.runtime_folder()


def test_wait(capsys: pytest.CaptureFixture[str]) -> None:
    with stubredis(password="pw") as server:
        port = ["--port", str(server.port)]
        assert main(["wait", *port]) == 0
        assert main(["wait", *port, "--password", "pw"]) == 0
        assert main(["wait", *port, "--password", "wrong"]) == 1
        assert capsys.readouterr().err.startswith(f"stubredis: 127.0.0.1:{server.port} cannot be used: WRONGPASS ")
    assert main(["wait", *port, "--timeout", "0"]) == 1
    assert capsys.readouterr().err == (
        f"stubredis: 127.0.0.1:{server.port} cannot be used: connection refused (after 0 s)\n"
    )


def test_wait_waits() -> None:
    port = free_port()
    command = [sys.executable, "-m", "stubredis", "wait", "--port", str(port)]
    with subprocess.Popen(command) as waiting, stubredis("--port", str(port)):
        assert waiting.wait(30) == 0


def wrong(settings: Settings) -> list[str]:
    """Return what doctor finds to be wrong."""
    return [finding.what for finding in examine(settings) if not finding.is_fine]


def test_doctor_finds_nothing_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--port", str(free_port())]) == 0
    out = capsys.readouterr().out
    assert "ok    configuration: no configuration, so the defaults; provider stub, 127.0.0.1:" in out
    assert all(line.startswith("ok ") for line in out.splitlines())


def test_doctor_finds_what_is_wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setenv("ProgramFiles", str(tmp_path))
    monkeypatch.delenv("ProgramW6432", raising=False)
    address = Address(port=free_port())
    assert wrong(Settings(master=address)) == []
    (complaint,) = wrong(Settings(Provider.REDIS, master=address))
    assert complaint.startswith("cannot find redis-server; looked for")
    (complaint,) = wrong(Settings(Provider.MEMURAI, master=address))
    assert complaint.startswith("cannot find Memurai; looked for")
    with stubredis() as server:
        (complaint,) = wrong(Settings(master=Address(port=server.port)))
        assert complaint.startswith(f"127.0.0.1:{server.port} is served by stubredis ")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        taken.close()
    assert wrong(Settings(master=Address("203.0.113.9", port)))[0].startswith("cannot listen on 203.0.113.9")


@posix
def test_doctor_looks_at_programs(tmp_path: Path) -> None:
    settings = Settings(
        Provider.REDIS, master=Address(port=free_port()), redis_path=fake_redis(tmp_path / "bin", "serve")
    )
    assert [str(finding) for finding in examine(settings) if "Redis 7.0.0" in finding.what] == [
        f"ok    Redis 7.0.0: {settings.redis_path}"
    ]
    Path(settings.redis_path).write_text("#!/bin/sh\necho hello\n")
    assert any("it said: hello" in what for what in wrong(settings))


@pytest.mark.parametrize("verb", ["launch", "status", "stop", "wait", "doctor"])
def test_help(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main([verb, "--help"])
    assert end.value.code == 0
    out = capsys.readouterr().out
    assert out.startswith(f"usage: stubredis {verb} ")
    assert "xit codes: 0 " in out


def test_words_of_the_parser() -> None:
    parser = Parser("x", "")
    parser.add_argument("--name")
    for words, complaint in (
        (["--name"], "--name: expected one argument; see: stubredis x --help"),
        (["--nam=1"], "unknown option '--nam' (did you mean --name?); see: stubredis x --help"),
        (["-z"], "unknown option '-z'; see: stubredis x --help"),
        (["z"], "unexpected word 'z'; see: stubredis x --help"),
    ):
        with pytest.raises(UsageError) as failure:
            parser.read(words)
        assert str(failure.value) == complaint
