"""The image as workflows use it: built for real, run by Podman. Left out unless asked for: `make test-image`."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.container.containers import SECONDS, Container, podman, run_once
from tests.container.image import BASE, IMAGE, settings, size
from tests.programs import path_of

pytestmark = pytest.mark.image


@pytest.fixture(scope="module")
def server() -> Iterator[Container]:
    """Run a container without any arguments, for the tests that do not change it."""
    with Container() as container:
        yield container


# What the image is


def test_it_is_small() -> None:
    assert size(IMAGE) - size(BASE) < 60e6


def test_it_says_what_tools_ask_for() -> None:
    (image,) = json.loads(podman("image", "inspect", IMAGE).stdout)
    config = image["Config"]
    assert list(config["ExposedPorts"]) == ["6379/tcp"]
    assert config["User"].isdigit()
    assert config["User"] != "0"
    assert config["StopSignal"] in ("SIGTERM", "15")
    assert config["WorkingDir"] == "/data"
    assert "Volumes" not in config
    assert image["Healthcheck"]["Test"][0] == "CMD"


def test_it_has_lua(server: Container) -> None:
    assert server.cli("eval", "return redis.call('ping')", "0") == "PONG"


# A running server


def test_it_runs_as_a_user_without_rights(server: Container) -> None:
    assert server.exec("id", "-u").stdout == "10001\n"
    capabilities = [line.split() for line in server.exec("cat", "/proc/1/status").stdout.splitlines() if "Cap" in line]
    assert {bits for _, bits in capabilities} == {"0" * 16}


def test_the_ready_line_is_on_the_standard_output(server: Container) -> None:
    logs = server.logs()
    assert "* Ready to accept connections tcp\n" in logs.stdout
    assert logs.stderr == ""
    assert logs.stdout.startswith("1:M ")


def test_its_health(server: Container) -> None:
    assert server.healthy()
    assert server.inspect()["State"]["Health"]["Status"] == "healthy"


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost"])
def test_it_listens_on_all_addresses(server: Container, host: str) -> None:
    assert server.cli("-h", host, "ping") == "PONG"
    assert server.cli("config", "get", "bind") == "bind\n* -::*"


def test_machines_without_ipv6() -> None:
    with Container(options=["--sysctl", "net.ipv6.conf.all.disable_ipv6=1"]) as server:
        assert server.cli("ping") == "PONG"
        assert server.healthy()


def test_a_client_from_another_container(server: Container) -> None:
    words = ["run", "--rm", "--network", f"container:{server.id}", IMAGE, "redis-cli", "-h", "localhost"]
    assert podman(*words, "set", "from", "elsewhere").stdout == "OK\n"
    assert podman(*words, "get", "from").stdout == "elsewhere\n"


def test_any_user_of_group_0() -> None:
    with Container(options=["--user", "123456:0"]) as server:
        assert server.exec("id", "-u").stdout == "123456\n"
        assert server.cli("ping") == "PONG"
        assert server.healthy()


def test_a_small_init_as_first_process() -> None:
    with Container("sh", "-c", "redis-server --port 7001 & wait") as server:
        assert server.healthy()


def test_what_is_left_behind_does_not_become_a_zombie(server: Container) -> None:
    script = """
import os, time
reading, writing = os.pipe()
if os.fork() == 0:
    child = os.fork()
    if child:
        os.write(writing, b"%d" % child)
    os._exit(0)
os.wait()
child = int(os.read(reading, 20))
for _ in range(1000):
    try:
        os.kill(child, 0)
    except ProcessLookupError:
        break
    time.sleep(0.01)
else:
    raise SystemExit("it is still there")
"""
    result = server.exec("/opt/stubredis/bin/python", "-c", script)
    assert (result.returncode, result.stderr) == (0, "")


# Signals and exit codes


@pytest.mark.parametrize(("signal", "code"), [("TERM", 0), ("INT", 0), ("KILL", 137)])
def test_signals(signal: str, code: int) -> None:
    with Container() as server:
        podman("kill", "--signal", signal, server.id)
        assert podman("wait", server.id).stdout == f"{code}\n"


def test_stopping_and_starting_again() -> None:
    with Container() as server:
        server.cli("set", "a", "1")
        assert server.stop() == 0
        assert "ready to exit, bye bye" in server.logs().stdout
        podman("start", server.id)
        follow_to_ready(server)
        assert server.cli("dbsize") == "0"


def test_a_volume_keeps_snapshots(tmp_path: Path) -> None:
    tmp_path.chmod(0o777)
    for found in ("", "1"):
        with Container("--save", "60", "1", options=["--volume", f"{tmp_path}:/data"]) as server:
            assert server.cli("get", "a") == found
            server.cli("set", "a", "1")
            assert server.stop() == 0


def follow_to_ready(server: Container) -> None:
    """Wait for the second ready line in the log of a container."""
    words = ["podman", "--log-level", "fatal", "logs", "--follow", server.id]
    with subprocess.Popen(
        words, env=settings(), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as follower:
        assert follower.stdout is not None
        seen = 0
        for line in follower.stdout:
            seen += "Ready to accept connections" in line
            if seen == 2:
                break
        follower.terminate()
    assert seen == 2


def test_shutdown_ends_the_container() -> None:
    with Container() as server:
        server.exec("redis-cli", "shutdown", "nosave")
        assert podman("wait", server.id).stdout == "0\n"


# Arguments


@pytest.mark.parametrize(
    ("words", "port", "password"),
    [
        (["--requirepass", "x"], 6379, "x"),
        (["redis-server", "--requirepass", "x"], 6379, "x"),
        (["redis-server", "--port", "7000", "--save", "", "--appendonly", "no"], 7000, ""),
        (["stubredis", "serve", "--port", "7001", "--requirepass", "x"], 7001, "x"),
        (["sh", "-c", "exec redis-server --requirepass $SECRET"], 6379, "y"),
        (["redis-server", "--requirepass x", "--client-output-buffer-limit normal 0 0 0 "], 6379, "x"),
        (["docker-entrypoint.sh", "redis-server", "--port", "7002"], 7002, ""),
        (["/conf/redis.conf"], 7003, "from the file"),
        (["/conf/redis.conf", "--port", "7004"], 7004, "from the file"),
        (["redis-server", "/conf/redis.conf", "--requirepass", "x"], 7003, "x"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_arguments(words: list[str], port: int, password: str, tmp_path: Path) -> None:
    (tmp_path / "redis.conf").write_text('port 7003\nrequirepass "from the file"\ndir ./\n')
    tmp_path.chmod(0o755)
    with Container(*words, options=["--volume", f"{tmp_path}:/conf:ro", "--env", "SECRET=y"]) as server:
        login = ["-a", password, "--no-auth-warning"] if password else []
        assert server.cli("-p", str(port), *login, "ping") == "PONG"
        assert server.healthy()
        if password:
            assert server.cli("-p", str(port), "ping") == "NOAUTH Authentication required.\n"


def test_other_programs() -> None:
    assert run_once("sh", "-c", "echo $0 here").stdout == "sh here\n"
    assert run_once("stubredis", "--version").stdout.startswith("stubredis ")
    assert run_once("redis-server", "--version").stdout.startswith("Redis server v=")
    assert run_once("--help").stdout.startswith("stubredis serve")
    assert run_once("redis-cli", "ping").returncode == 1


# The environment


@pytest.mark.parametrize(
    ("environment", "port", "password"),
    [
        ({"REDIS_PASSWORD": "x"}, 6379, "x"),
        ({"REDIS_PASSWORD_FILE": "/secrets/password"}, 6379, "in a file"),
        ({"ALLOW_EMPTY_PASSWORD": "yes"}, 6379, ""),
        ({"ALLOW_EMPTY_PASSWORD": "no", "REDIS_PASSWORD": "x"}, 6379, "x"),
        ({"REDIS_PORT_NUMBER": "7000"}, 7000, ""),
        ({"STUBREDIS_LISTEN_PORT": "7001", "REDIS_PORT_NUMBER": "7000"}, 7001, ""),
        ({"REDIS_PORT": "tcp://10.0.0.7:6379", "STUBREDIS_PORT": "tcp://10.0.0.7:6379"}, 6379, ""),
        ({"STUBREDIS_ARGS": "--requirepass 'two words' --databases 4"}, 6379, "two words"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, dict) else "",
)
def test_environment(environment: dict[str, str], port: int, password: str, tmp_path: Path) -> None:
    (tmp_path / "password").write_text("in a file\n")
    tmp_path.chmod(0o755)
    options = ["--volume", f"{tmp_path}:/secrets:ro"]
    for name, value in environment.items():
        options += ["--env", f"{name}={value}"]
    with Container(options=options) as server:
        # redis-cli finds the port itself: health commands that were copied do not name it.
        login = ["-a", password, "--no-auth-warning"] if password else []
        assert server.cli(*login, "ping") == "PONG"
        assert server.cli(*login, "config", "get", "port") == f"port\n{port}"
        assert server.healthy()
        assert server.exec("redis-cli", "ping").returncode == 0


# Mistakes


@pytest.mark.parametrize(
    ("words", "environment", "line"),
    [
        (["frobnicate"], {}, "'frobnicate' is no option, no .conf file and no program of this image"),
        (["--prot", "1"], {}, "unknown option '--prot' (did you mean --port?); see: stubredis serve --help"),
        (["/nowhere.conf"], {}, "cannot read the configuration file /nowhere.conf: No such file or directory"),
        ([], {"REDIS_PORT_NUMBER": "http"}, "REDIS_PORT_NUMBER must be a port between 1 and 65535, not 'http'"),
        ([], {"ALLOW_EMPTY_PASSWORD": "maybe"}, "ALLOW_EMPTY_PASSWORD must be yes or no, not 'maybe'"),
        (
            [],
            {"REDIS_PASSWORD": "x", "REDIS_PASSWORD_FILE": "/mounted/password"},
            "REDIS_PASSWORD and REDIS_PASSWORD_FILE are both set: leave one of them out",
        ),
        (
            [],
            {"REDIS_PASSWORD_FILE": "/mounted/password"},
            "cannot read /mounted/password, the file of REDIS_PASSWORD_FILE: Permission denied",
        ),
        (
            ["--dir", "/mounted"],
            {},
            "cannot use the directory /mounted for snapshots: user 10001 may not write there",
        ),
        (["--save", "60", "1"], {}, "cannot use the directory /data for snapshots: user 10001 may not write there"),
    ],
)
def test_mistakes(words: list[str], environment: dict[str, str], line: str, tmp_path: Path) -> None:
    (tmp_path / "password").write_text("secret")
    (tmp_path / "password").chmod(0o600)
    tmp_path.chmod(0o755)
    options = ["--volume", f"{tmp_path}:/mounted"]
    for name, value in environment.items():
        options += ["--env", f"{name}={value}"]
    result = run_once(*words, options=options)
    assert (result.returncode, result.stdout, result.stderr) == (1, "", f"stubredis: {line}\n")


# The command of Docker, over Podman's service


@pytest.mark.needs("docker")
def test_the_command_of_docker(tmp_path: Path) -> None:
    address = f"unix://{tmp_path}/podman.sock"
    service = subprocess.Popen(
        ["podman", "--log-level", "fatal", "system", "service", "--time=0", address],
        env=settings(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip

    def docker(*words: str) -> subprocess.CompletedProcess[str]:
        command = [path_of("docker"), "--host", address, *words]
        environment = {**os.environ, "DOCKER_CONFIG": str(tmp_path)}
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=SECONDS, check=False)

    try:
        while docker("version").returncode:
            assert service.poll() is None
        # The very options of a workflow's service.
        health = ["--health-cmd", "redis-cli ping", "--health-interval", "10s", "--health-timeout", "5s"]
        options = ["--network", "none", "--ulimit", "nofile=1024:4096", "--ulimit", "nproc=1024:2048", *health]
        started = docker("run", "--detach", *options, IMAGE, "redis-server", "--requirepass", "x")
        assert started.returncode == 0, started.stderr
        container = started.stdout.strip()
        try:
            while "Ready to accept connections" not in docker("logs", container).stdout:
                assert docker("inspect", "-f", "{{.State.Running}}", container).stdout == "true\n"
            assert docker("exec", container, "redis-cli", "ping").returncode == 0
            assert docker("exec", "--env", "REDISCLI_AUTH=x", container, "redis-cli", "ping").stdout == "PONG\n"
            docker("stop", "--time", "10", container)
            assert docker("inspect", "-f", "{{.State.ExitCode}}", container).stdout == "0\n"
        finally:
            docker("rm", "--force", container)
    finally:
        service.terminate()
        service.wait()
