"""Conf files, the command line's options, rename-command, and CONFIG REWRITE beside that of a real server."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from stubredis.cli.mistakes import UsageError
from stubredis.cli.serve import configure
from stubredis.config import Config, ConfigError
from stubredis.server import Server
from tests.programs import path_of


def ask(server: Server, *requests: str) -> bytes:
    client = server.connect()
    client.receive("".join(f"{request}\r\n" for request in requests).encode())
    return client.take_output()


def load(path: Path, text: str) -> Config:
    path.write_text(text)
    return configure([str(path)])


def test_included_files_stand_at_their_place(tmp_path: Path) -> None:
    (tmp_path / "a.inc").write_text("timeout 1\nport 1\n")
    (tmp_path / "b.inc").write_text("timeout 2\n")
    config = load(tmp_path / "x.conf", f"port 7\ninclude {tmp_path}/*.inc\nhz 20\ninclude {tmp_path}/no*.inc\n")
    assert (config.timeout, config.port, config.hz) == (2, 1, 20)


def test_mistakes_of_included_files_name_those(tmp_path: Path) -> None:
    (tmp_path / "a.inc").write_text("\ntimeout x\n")
    with pytest.raises(ConfigError, match=r"a\.inc, line 2: timeout: argument couldn't be parsed"):
        load(tmp_path / "x.conf", f"include {tmp_path}/a.inc\n")
    with pytest.raises(ConfigError, match=r"x\.conf, line 1: include: cannot read .*/missing: No such file"):
        load(tmp_path / "x.conf", f"include {tmp_path}/missing\n")
    with pytest.raises(ConfigError, match="include one another"):
        load(tmp_path / "x.conf", f"include {tmp_path}/x.conf\n")


def test_repeated_directives(tmp_path: Path) -> None:
    config = load(
        tmp_path / "x.conf",
        "save 900 1\nSAVE 300 10\nclient-output-buffer-limit pubsub 1mb 0 0\nclient-output-buffer-limit replica 2 3 4\n"
        "slave-priority 7\noom-score-adj-values 1 2 3\nshutdown-on-sigterm nosave force\nreplicaof host 7\n",
    )
    assert config.save == ("900", "1", "300", "10")
    assert config.client_output_buffer_limit["pubsub"] == (2**20, 0, 0)
    assert config.client_output_buffer_limit["slave"] == (2, 3, 4)
    assert config.replica_priority == 7
    assert config.shutdown_on_sigterm == ("nosave", "force")
    assert load(tmp_path / "x.conf", 'save 1 1\nsave ""\nsave 2 2\n').save == ("2", "2")


def test_options_that_are_no_parameters(tmp_path: Path) -> None:
    (tmp_path / "a.inc").write_text("timeout 5\n")
    config = configure(["--include", f"{tmp_path}/a.inc", "--save", "--port", "0", "--rename-command", "GET", "FETCH"])
    assert (config.timeout, config.save, config.port) == (5, (), 0)
    assert [rename[1:] for rename in config.renames] == [("GET", "FETCH")]
    with pytest.raises(UsageError, match="bad value for --slave-priority"):
        configure(["--slave-priority", "x"])


def test_modules_leave_a_warning(tmp_path: Path) -> None:
    config = load(tmp_path / "x.conf", "loadmodule /m.so a b\nlua-replicate-commands yes\n")
    assert config.warnings == [
        f"{tmp_path / 'x.conf'}, line 1: the module /m.so is not loaded: there are no modules here"
    ]


def test_renamed_commands(tmp_path: Path) -> None:
    server = Server(load(tmp_path / "x.conf", 'rename-command SET Put\nrename-command FLUSHALL ""\n'))
    assert ask(server, "pUT k v", "SET k v").startswith(b"+OK\r\n-ERR unknown command 'SET'")
    assert ask(server, "FLUSHALL").startswith(b"-ERR unknown command 'FLUSHALL'")
    assert ask(server, "COMMAND INFO set flushall") in (b"*2\r\n*-1\r\n*-1\r\n", b"*2\r\n$-1\r\n$-1\r\n")
    assert ask(server, "COMMAND INFO put").startswith(b"*1\r\n*10\r\n")


@pytest.mark.parametrize(
    ("line", "reason"),
    [("NOSUCH x", "No such command in rename-command"), ("SET get", "Target command name already exists")],
)
def test_bad_renames(tmp_path: Path, line: str, reason: str) -> None:
    with pytest.raises(ConfigError, match=f"x.conf, line 1: rename-command: {reason}"):
        Server(load(tmp_path / "x.conf", f"rename-command {line}\n"))


def test_protected_parameters(tmp_path: Path) -> None:
    server = Server(Config(enable_protected_configs="local"))
    assert ask(server, "CONFIG SET dbfilename x.rdb") == b"+OK\r\n"
    assert b"can't set protected config" in ask(Server(), "CONFIG SET dbfilename x.rdb")
    server.config.set([("dbfilename", "y.rdb")], local=True)
    with pytest.raises(ConfigError):
        server.config.set([("dbfilename", "z.rdb")])
    assert server.config.dbfilename == "y.rdb"


def test_the_directory_is_shown_as_a_whole_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "sub").mkdir()
    monkeypatch.chdir(tmp_path)
    config = load(tmp_path / "x.conf", "dir sub\n")
    monkeypatch.chdir(tmp_path / "sub")
    assert config.get([b"dir"]) == {b"dir": str((tmp_path / "sub").resolve()).encode()}
    with pytest.raises(ConfigError, match="line 1: dir: No such file or directory"):
        load(tmp_path / "x.conf", "dir nosuch\n")


def test_a_failure_to_apply_changes_nothing() -> None:
    config = Config()

    def fail() -> None:
        if config.hz == 50:
            raise ValueError("no")

    config.on_change["hz"] = fail
    with pytest.raises(ConfigError):
        config.set([("timeout", "9"), ("hz", "50")])
    assert (config.timeout, config.hz) == (0, 10)


def test_each_server_has_its_limits() -> None:
    one, other = Server(), Server()
    ask(one, "CONFIG SET hash-max-listpack-entries 1")
    for server, encoding in ((one, b"hashtable"), (other, b"listpack"), (one, b"hashtable")):
        assert encoding in ask(server, "DEL k", "HSET k a 1 b 2", "OBJECT ENCODING k")


ORIGINAL = """\
# A comment at the top

port 7999
timeout 5
# Behind it
slave-priority 50
rename-command FLUSHALL ""


hash-max-ziplist-entries 99
client-output-buffer-limit pubsub 1mb 1kb 9
requirepass ""
maxmemory 100mb
save 900 1
save 300 10
zset-max-listpack-entries 7
# The end
"""
SETTINGS = [
    ("timeout", "0"),
    ("hz", "20"),
    ("replica-priority", "100"),
    ("maxmemory", "1048576"),
    ("save", "60 5"),
    ("masteruser", "a b"),
    ("notify-keyspace-events", "KEA"),
    ("shutdown-on-sigterm", "nosave force"),
    ("oom-score-adj-values", "1 2 3"),
    ("client-output-buffer-limit", "slave 1gb 0 0"),
    ("hash-max-listpack-value", "2048"),
]
#: Lines that only one side writes: what another part of the server owns, and where the defaults differ.
NOT_COMPARED = (
    "dir ",
    "latency-tracking-info-percentiles ",
    "user ",
    "bind ",
    "client-output-buffer-limit normal ",
    "pidfile ",
    "logfile ",
)


@pytest.mark.needs("redis-server 8.2", "redis-cli")
def test_rewriting_as_the_real_server_does(tmp_path: Path) -> None:
    theirs, ours = tmp_path / "theirs.conf", tmp_path / "ours.conf"
    socket = tmp_path / "s"
    # By a unix socket: there is no port that another test could have.
    theirs.write_text(ORIGINAL.replace("port 7999", "port 0"))
    command = [path_of("redis-server 8.2"), str(theirs), "--dir", str(tmp_path), "--unixsocket", str(socket)]
    cli = path_of("redis-cli")
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if "Ready to accept" in line:
                break
        try:
            for pair in (*(("SET", *setting) for setting in SETTINGS), ("REWRITE",)):
                done = subprocess.run(
                    [cli, "-s", str(socket), "CONFIG", *pair], capture_output=True, text=True, check=True
                )
                assert done.stdout.strip() == "OK", (pair, done.stdout)
        finally:
            process.kill()
    config = load(ours, ORIGINAL.replace("port 7999", "port 0"))
    config.apply("unixsocket", [str(socket)])
    for setting in SETTINGS:
        config.set([setting])
    config.rewrite()
    assert parts(ours) == parts(theirs)
    assert {**load(ours, ours.read_text()).values, "dir": "."} == config.values


def parts(path: Path) -> tuple[list[str], list[str]]:
    """Return the lines above the marker in their order, and those below sorted: there the order is random in Redis."""
    above, _, below = path.read_text().partition("# Generated by CONFIG REWRITE\n")
    above = above.rstrip("\n")  # Redis 8 counts the end of a file as one more line
    return [line for line in above.splitlines() if not line.startswith(NOT_COMPARED)], sorted(
        line for line in below.splitlines() if not line.startswith(NOT_COMPARED)
    )


def test_rewriting_again_changes_nothing_more(tmp_path: Path) -> None:
    path = tmp_path / "x.conf"
    config = load(path, ORIGINAL)
    config.rewrite()
    config.rewrite()  # as in Redis, each class of buffer limits has a line of its own now
    text = path.read_text()
    config.rewrite()
    assert path.read_text() == text
    assert {**load(path, text).values, "dir": "."} == config.values
    assert [file.name for file in tmp_path.iterdir()] == ["x.conf"]


def test_lines_of_other_owners(tmp_path: Path) -> None:
    path = tmp_path / "x.conf"
    config = load(path, "port 1\n")
    config.more_lines["rename-command"] = lambda: ["a b", "c d"]
    config.rewrite()
    assert "rename-command a b\nrename-command c d\n" in path.read_text()


def test_a_file_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    server = Server(load(tmp_path / "d" / "x.conf", "port 1\n"))
    shutil.rmtree(tmp_path / "d")
    assert ask(server, "CONFIG REWRITE") == b"-ERR Rewriting config file: No such file or directory\r\n"


@pytest.mark.skipif(sys.platform != "win32", reason="elsewhere a file that is open can be replaced, too")
def test_a_file_that_another_program_holds_open(tmp_path: Path) -> None:
    """It stays as it was, and nothing stays beside it."""
    path = tmp_path / "x.conf"
    server = Server(load(path, "maxmemory 1mb\n"))
    with path.open("rb"):
        replies = ask(server, "CONFIG SET maxmemory 2mb", "CONFIG REWRITE")
    assert replies == b"+OK\r\n-ERR Rewriting config file: Permission denied\r\n"
    assert path.read_text() == "maxmemory 1mb\n"
    assert list(tmp_path.iterdir()) == [path]
    assert ask(server, "CONFIG REWRITE") == b"+OK\r\n"
    assert path.read_text().startswith("maxmemory 2mb\n")
