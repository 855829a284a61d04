"""`stubredis redwood init`: an environment of Redwood that points the backend at a server on this machine."""

from __future__ import annotations

from stubredis.cli.config import shortened
from stubredis.cli.mistakes import UsageError
from stubredis.cli.options import Parser, port
from stubredis.launcher.redwood.initial import write_environment
from stubredis.launcher.redwood.redis import existing
from stubredis.launcher.settings import DEFAULT_PORT, SettingsError

USAGE = """\
stubredis redwood init ENV [--name NAME] [--port PORT] [--password PASSWORD]

Writes an environment that inherits from ENV and points the backend at a server on this machine.
See: stubredis redwood init --help
"""


def parser() -> Parser:
    """Describe the options of `init`."""
    options = Parser(
        "redwood init",
        "Writes an environment that inherits from ENV and points the backend at a server on this machine: a backend\n"
        "whose provider is stub uses one of its own and connects to nothing.",
    )
    options.add_argument("environment", metavar="ENV", help="yours, that the new one inherits from")
    options.add_argument("--name", help="of the new environment (ENV-stubredis)")
    options.add_argument("--config-dir", metavar="DIR", help="the folder; NODE_CONFIG_DIR, or config/node, or config")
    options.add_argument("--host", default="127.0.0.1", help="where the server is (127.0.0.1)")
    options.add_argument("--port", type=port, default=DEFAULT_PORT, help=f"and its port ({DEFAULT_PORT})")
    options.add_argument("--password", default="", help="what the server asks for (nothing)")
    options.add_argument("--force", action="store_true", help="replace the files of an environment that is there")
    return options


def run(words: list[str]) -> int:
    """Write the environment and say what to do next."""
    match words:
        case ["init", *rest]:
            return init(rest)
        case [] | ["-h" | "--help"]:
            print(USAGE, end="")
            return 0
    raise UsageError(f"unknown command 'redwood {words[0]}'; see: stubredis redwood --help")


def init(words: list[str]) -> int:
    """Carry out `redwood init`."""
    asked = parser().read(words)
    try:
        configuration = existing(asked.environment, config_dir=asked.config_dir)
        name = asked.name or f"{configuration.environment.rpartition('/')[2]}-stubredis"
        files = write_environment(
            configuration, name, host=asked.host, port=asked.port, password=asked.password, replace=asked.force
        )
    except SettingsError as error:
        raise UsageError(str(error)) from None
    for path in files:
        print(f"wrote {shortened(str(path), configuration.cwd)}")
    print(f"Start the server with:   stubredis launch {name}")
    print(f"and the backend with:    yarn dev {name}")
    return 0
