"""The first process of the container: from redis-server's arguments and the environment to a running server.

The image runs this file as a script, so that its first lines take the signals before anything slow is imported: the
kernel gives the first process of a container no default actions, and SIGTERM would be lost.
"""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from stubredis.config import Config

SERVERS = ("redis-server", "valkey-server")
"""Names under which images for the same purpose start their server."""

PORT_VARIABLES = ("STUBREDIS_LISTEN_PORT", "REDIS_PORT_NUMBER")
"""Not REDIS_PORT nor STUBREDIS_PORT, which Docker links and Kubernetes set to something like `tcp://10.0.0.7:6379`."""

YES = {"yes", "true", "1", "on"}
NO = {"no", "false", "0", "off"}


class StartError(Exception):
    """What is wrong with the arguments or the environment, in one line."""


def main(words: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run what the container was started with; return the exit code: 0, or 1 with one line on the standard error."""
    try:
        return run(list(words), environment)
    except (StartError, OSError) as error:
        print(f"stubredis: {error}", file=sys.stderr)
    return 1


def run(words: list[str], environment: Mapping[str, str]) -> int:
    """Run the server, a verb of the command line, or another program of the image. Raises StartError and OSError."""
    options = server_options(words)
    if options is None:
        return run_program(words)
    # Everything of the server is imported late: signals come first.
    from stubredis.cli import main as command_line
    from stubredis.cli.mistakes import UsageError
    from stubredis.cli.serve import run_server
    from stubredis.config import ConfigError

    if options in (["-v"], ["--version"]):
        print(redis_version())
        return 0
    if "--help" in options or options == ["-h"]:
        return command_line(["serve", "--help"])
    if os.getpid() == 1:
        # What others leave behind in the container becomes our child; ignored, it does not stay as a zombie.
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    try:
        config = configure(options, environment)
        if config.save or "--dir" in options or Path(config.dir).resolve() != Path.cwd():
            check_directory(Path(config.dir).resolve())
        run_server(config)
    except (UsageError, ConfigError) as error:
        raise StartError(str(error)) from None
    return 0


def server_options(words: Sequence[str]) -> list[str] | None:
    """Return the arguments for the server, as redis-server takes them, or None where another program is meant.

    They may come alone or behind the name of the program, as in `redis-server --requirepass secret`.
    """
    match words:
        case []:
            return []
        case ["stubredis", "serve", *options] | ["serve", *options]:
            return options
        case [program, *options] if Path(program).name in SERVERS:
            return options
        case [first, *_] if first.startswith("-") or first.endswith(".conf"):
            return list(words)
    return None


def run_program(words: Sequence[str]) -> int:
    """Run another verb of the command line, or another program. Raises StartError if there is none of that name."""
    program, *rest = words
    if program == "stubredis":
        from stubredis.cli import main as command_line

        return command_line(rest)
    path = shutil.which(program)
    if path is None:
        raise StartError(f"'{program}' is no option, no .conf file and no program of this image")
    return become(path, words)


def become(path: str, words: Sequence[str]) -> NoReturn:
    """Go on as another program, such as a shell."""
    # Python ignores it, and a program would inherit that.
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    os.execv(path, list(words))


def configure(words: Sequence[str], environment: Mapping[str, str]) -> Config:
    """Put together the configuration: arguments beat the environment, that a .conf file, and that the defaults.

    Raises StartError, ConfigError and UsageError.
    """
    from stubredis.cli import serve
    from stubredis.config import Config

    # As in the image of Redis: reachable from outside, since the container's network decides who gets there.
    config = Config(bind=["*", "-::*"], protected_mode=False)
    options = list(words)
    if options and not options[0].startswith("--"):
        serve.configure([options.pop(0)], config)
    port = port_of(environment)
    if port is not None:
        config.apply("port", [port])
    password = password_of(environment)
    if password:
        config.apply("requirepass", [password])
    serve.configure(more_options(environment), config)
    serve.configure(options, config)
    if not allows_empty_password(environment) and not (config.requirepass or config.users or config.aclfile):
        raise StartError("ALLOW_EMPTY_PASSWORD says no, and there is no password: set REDIS_PASSWORD")
    return config


def port_of(environment: Mapping[str, str]) -> str | None:
    """Return the port that the environment asks for, if any. Raises StartError."""
    for name in PORT_VARIABLES:
        value = environment.get(name, "")
        if not value or "://" in value:
            continue
        if not (value.isascii() and value.isdigit() and 0 < int(value) < 65536):
            raise StartError(f"{name} must be a port between 1 and 65535, not '{value}'")
        return value
    return None


def password_of(environment: Mapping[str, str]) -> str:
    """Return the password that the environment gives, itself or in a file; empty if it does not. Raises StartError."""
    password, path = environment.get("REDIS_PASSWORD", ""), environment.get("REDIS_PASSWORD_FILE", "")
    if password and path:
        raise StartError("REDIS_PASSWORD and REDIS_PASSWORD_FILE are both set: leave one of them out")
    if not path:
        return password
    try:
        password = Path(path).read_text(encoding="utf-8").rstrip("\r\n")
    except OSError as error:
        raise StartError(f"cannot read {path}, the file of REDIS_PASSWORD_FILE: {error.strerror}") from None
    except UnicodeDecodeError:
        raise StartError(f"{path}, the file of REDIS_PASSWORD_FILE, is no text") from None
    if not password:
        raise StartError(f"{path}, the file of REDIS_PASSWORD_FILE, is empty")
    return password


def more_options(environment: Mapping[str, str]) -> list[str]:
    """Return the options of STUBREDIS_ARGS, for where a container can be given no arguments. Raises StartError."""
    try:
        return shlex.split(environment.get("STUBREDIS_ARGS", ""))
    except ValueError as error:
        raise StartError(f"STUBREDIS_ARGS cannot be split into words: {str(error).lower()}") from None


def allows_empty_password(environment: Mapping[str, str]) -> bool:
    """Tell whether the server may run without a password, which is so unless somebody forbids it. Raises StartError."""
    value = environment.get("ALLOW_EMPTY_PASSWORD") or "yes"
    if value.lower() not in YES | NO:
        raise StartError(f"ALLOW_EMPTY_PASSWORD must be yes or no, not '{value}'")
    return value.lower() in YES


def check_directory(directory: Path) -> None:
    """Make sure that what is to be saved can be, now and not when it is too late. Raises StartError.

    It is not asked of the `./` of the stock redis.conf: the image works where it cannot write at all.
    """
    if not directory.is_dir():
        raise StartError(f"cannot use the directory {directory} for snapshots: there is no such directory")
    if not os.access(directory, os.W_OK | os.X_OK):
        who = f"user {os.getuid()}" if sys.platform != "win32" else "this user"
        raise StartError(f"cannot use the directory {directory} for snapshots: {who} may not write there")


def redis_version() -> str:
    """Return the line by which scripts tell the version of a redis-server."""
    from stubredis.versions import COMPATIBLE_WITH, __version__

    return f"Redis server v={COMPATIBLE_WITH} sha=00000000:0 malloc=python bits=64 build=stubredis-{__version__}"


def end_quietly(_number: int, _frame: Any) -> None:
    """Stop before the server has begun to serve, with the exit code it would have had."""
    os._exit(0)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, end_quietly)
    signal.signal(signal.SIGINT, end_quietly)
    sys.exit(main(sys.argv[1:], os.environ))
