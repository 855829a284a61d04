"""Fixtures for pytest: a server for the tests, its time in their hands, and clients of redis-py.

Loaded by pytest itself wherever stubredis is installed; nothing starts before a test asks for it.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote, urlsplit

import pytest

if TYPE_CHECKING:
    import redis
    import redis.asyncio

    from stubredis.clock import Clock
    from stubredis.config import Config
    from stubredis.embedding import Running

URL_OPTION = "--stubredis-url"
URL_NAME = "stubredis_url"
OPTIONS_NAME = "stubredis_options"


@dataclass(frozen=True)
class Database:
    """What the tests of one process have for themselves: a server, or a database of a shared one."""

    host: str
    port: int
    db: int = 0
    password: str | None = None
    shared: bool = False
    """Whether others use the server too, in other databases."""

    @property
    def url(self) -> str:
        """The address as clients take it."""
        login = f":{quote(self.password, safe='')}@" if self.password else ""
        return f"redis://{login}{self.host}:{self.port}/{self.db}"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the options; `pytest --help` shows them."""
    group = parser.getgroup("stubredis", "a Redis-compatible server for tests")
    group.addoption(
        URL_OPTION,
        metavar="URL",
        help="use the server at redis://[:PASSWORD@]HOST[:PORT][/DB] instead of starting one; with pytest-xdist each "
        "process takes a database of its own, counted from DB",
    )
    parser.addini(URL_NAME, f"the same as {URL_OPTION}")
    parser.addini(
        OPTIONS_NAME,
        "options of the server that is started, one a line, as in redis.conf: notify-keyspace-events KEA",
        "linelist",
    )


@pytest.fixture(scope="session")
def stubredis_server(pytestconfig: pytest.Config) -> Iterator[Database]:
    """Start a server on a free port, once for the session (in each process of pytest-xdist), and stop it at the end.

    With `--stubredis-url` it is the server there, and nothing is started.
    """
    url = pytestconfig.getoption(URL_OPTION) or pytestconfig.getini(URL_NAME)
    if url:
        yield _database_at(url)
        return
    config = _config(pytestconfig)
    with _running(config=config) as server:
        yield Database(server.host, server.port, password=config.requirepass or None)


@pytest.fixture
def stubredis_database(stubredis_server: Database) -> Database:
    """Give the test the session's server, or its database of a shared one, empty."""
    login = [["AUTH", stubredis_server.password]] if stubredis_server.password else []
    flush = [["SELECT", str(stubredis_server.db)], ["FLUSHDB"]] if stubredis_server.shared else [["FLUSHALL"]]
    try:
        answer = _ask((stubredis_server.host, stubredis_server.port), [*login, *flush])
    except OSError as error:
        answer = str(error)
    if answer != "OK":
        pytest.fail(f"cannot empty {stubredis_server.url}: {answer}", pytrace=False)
    return stubredis_server


@pytest.fixture
def stubredis_start(pytestconfig: pytest.Config) -> Iterator[Callable[..., Running]]:
    """Return a function that starts a server for this test alone; its keywords are those of stubredis.Server."""
    with contextlib.ExitStack() as servers:

        def start(*, clock: Clock | None = None, **options: Any) -> Running:
            config = _config(pytestconfig)
            config.update(**options)
            return servers.enter_context(_running(config=config, clock=clock))

        yield start


@pytest.fixture
def stubredis_clock(stubredis_start: Callable[..., Running]) -> Running:
    """Start a server for this test alone, whose time stands still until the test says `advance(milliseconds)`."""
    from stubredis.clock import ManualClock  # noqa: PLC0415 -- nothing is imported before a test asks for it

    return stubredis_start(clock=ManualClock())


Connect = Callable[..., "redis.Redis"]
"""Makes a client; keywords are those of redis.Redis."""


@pytest.fixture
def stubredis_connect(stubredis_database: Database) -> Iterator[Connect]:
    """Return a function that makes clients of redis-py, which are closed at the end of the test."""
    import redis  # noqa: PLC0415 -- only those who ask for a client need it

    with contextlib.ExitStack() as clients:

        def connect(**options: Any) -> redis.Redis:
            client = redis.Redis.from_url(stubredis_database.url, **options)
            clients.callback(client.close)
            return client

        yield connect


@pytest.fixture
def stubredis_client(stubredis_connect: Connect) -> redis.Redis:
    """Return a client of redis-py, connected to an empty database."""
    return stubredis_connect()


def _config(pytestconfig: pytest.Config) -> Config:
    """Read the options of the server as a configuration file, so that its words and errors are those of `serve`."""
    from stubredis.config import Config, ConfigError  # noqa: PLC0415

    config = Config(port=0)
    try:
        config.load("\n".join(pytestconfig.getini(OPTIONS_NAME)).encode(), "-")
    except ConfigError as error:
        raise pytest.UsageError(f"{OPTIONS_NAME}: {error}") from None
    return config


def _running(**options: Any) -> contextlib.AbstractContextManager[Running]:
    from stubredis.embedding import running  # noqa: PLC0415

    return running(**options)


def _ask(address: tuple[str, int], requests: list[list[str]]) -> str:
    from stubredis.asking import ask  # noqa: PLC0415

    return ask(address, requests)


def _database_at(url: str) -> Database:
    """Read a URL, and choose this process's database. Raises UsageError."""
    parts = urlsplit(url)
    database = parts.path.strip("/") or "0"
    try:
        port = parts.port or 6379
    except ValueError:
        port = 0
    if parts.scheme != "redis" or not parts.hostname or not port or not database.isdecimal():
        raise pytest.UsageError(f"{URL_OPTION}: '{url}' is not redis://[:PASSWORD@]HOST[:PORT][/DB]")
    # gw0, gw1, ... as pytest-xdist names its processes.
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
    return Database(
        parts.hostname, port, int(database) + int(worker), parts.password and unquote(parts.password), shared=True
    )
