"""`stubredis config` and `stubredis redwood init`, as their users meet them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from stubredis.cli import main
from stubredis.launcher.redwood import read_settings
from stubredis.launcher.settings import Address, Provider
from tests.launcher.redwood.trees import write


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    code = main(words)
    captured = capsys.readouterr()
    return code, captured.out, captured.err


@pytest.mark.usefixtures("backend")
def test_config_names_the_file_of_each_setting(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "config", "production")
    assert code == 0
    head, *lines = out.splitlines()
    assert head == f"environment production in {Path('config/node')}: default < kubernetes < staging < production"
    table = {line.split()[0]: line.split()[1:] for line in lines}
    file = str(Path("config/node/kubernetes/persistence.yaml"))
    assert table["persistence.redis.provider"] == ["redis", file]
    assert table["persistence.redis.password"] == ["********", file]
    assert table["persistence.redis.replicas"] == ["the", "master", "(default)"]
    assert err.startswith("warning: persistence.redis.password is still 'password'")


@pytest.mark.usefixtures("backend")
def test_config_for_programs(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "config", "kubernetes", "--json", "--show-password")
    assert (code, err) == (0, "")
    told = json.loads(out)
    assert told["order"] == ["default", "kubernetes"]
    assert told["warnings"] == []
    values = {name: row["value"] for name, row in told["settings"].items()}
    assert values["persistence.redis.password"] == "password"
    assert values["deployment.dependencies.redis.values.replica.replicaCount"] == 0
    assert values["deployment.dependencies.redis.values.master.persistence"] is False
    assert values["persistence.redis.replicas"] is None


@pytest.mark.usefixtures("backend")
def test_config_shows_what_the_chart_gets(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = run(capsys, "config", "production", "--helm", "--namespace", "rw")
    values = YAML(typ="safe").load(out)
    assert values["auth"] == {"password": "********"}
    assert values["replica"] == {"replicaCount": 0, "persistence": {"enabled": False}}
    assert "#   master    redis-master.rw.svc.cluster.local:6379  reads and writes" in out.splitlines()
    assert "#   FLUSHDB and FLUSHALL are disabled" in out.splitlines()


def test_config_does_not_need_the_secrets(backend: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(
        backend,
        {
            "config/node/mine/persistence.yaml": "redis: {password: secret|pw}",
            "config/node/mine/secrets.yaml": "provider: vault",
        },
    )
    code, out, _ = run(capsys, "config", "mine")
    assert code == 0
    assert "secret|pw" in out


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["config", "producton"], "there is no environment 'producton' in "),
        (["config", "--config-dir", "nowhere"], "there is no configuration folder "),
        (["config", "--hlem"], "unknown option '--hlem' (did you mean --helm?); see: stubredis config --help"),
        (["redwood", "init"], "the following arguments are required: ENV; see: stubredis redwood init --help"),
        (["redwood", "frob"], "unknown command 'redwood frob'; see: stubredis redwood --help"),
        (["redwood", "init", "nope"], "there is no environment 'nope' in "),
        (["redwood", "init", "test", "--name", "default"], ""),
    ],
)
@pytest.mark.usefixtures("backend")
def test_mistakes(words: list[str], line: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, *words)
    assert (code, out) == (1, "")
    assert err.startswith(f"stubredis: {line}")
    assert err.count("\n") == 1


def test_init_writes_an_environment(backend: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "redwood", "init", "my-game-kubernetes", "--port", "7000", "--password", 'p"w')
    assert code == 0
    assert f"wrote {Path('games/my-game-kubernetes-stubredis/persistence.yaml')}" in out.splitlines()
    settings = read_settings("my-game-kubernetes-stubredis")
    assert settings.provider == Provider.STUB
    assert settings.password == 'p"w'
    assert settings.master == settings.replicas == Address("127.0.0.1", 7000)
    assert json.loads((backend / "games/my-game-kubernetes-stubredis/_config.json").read_text()) == {
        "parentNames": ["my-game-kubernetes"]
    }


@pytest.mark.usefixtures("backend")
def test_init_replaces_nothing_unless_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "redwood", "init", "default", "--name", "mine")[0] == 0
    assert "is there already" in run(capsys, "redwood", "init", "default", "--name", "mine", "--port", "1")[2]
    assert read_settings("mine").master.port == 6379
    assert run(capsys, "redwood", "init", "default", "--name", "mine", "--port", "1", "--force")[0] == 0
    assert read_settings("mine").master.port == 1
