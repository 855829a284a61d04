"""Notifications: who is heard, and that nobody pays for what nobody hears. What is published is compared with real
servers in tests/differential/test_notifications.py."""

from __future__ import annotations

import pytest

import stubredis
from stubredis.config import Config, ConfigError


def observed(server: stubredis.Server) -> bool:
    return any(database.observed for database in server.keyspace.databases)


@pytest.mark.parametrize(
    ("letters", "expected"),
    [("", False), ("KEA", True), ("K$", True), ("Em", True), ("A", False), ("g$", False), ("KE", False), ("En", True)],
)
def test_the_keyspace_is_observed_only_if_it_makes_a_difference(letters: str, expected: bool) -> None:
    server = stubredis.Server(notify_keyspace_events=letters)
    assert observed(server) is expected
    server.config.set([("notify-keyspace-events", "")])
    assert not observed(server)
    server.config.set([("notify-keyspace-events", letters)])
    server.config.set([("notify-keyspace-events", letters)])
    assert observed(server) is expected
    assert len(server.keyspace.observers) == expected


def test_nothing_is_published_without_subscribers(monkeypatch: pytest.MonkeyPatch) -> None:
    server = stubredis.Server(notify_keyspace_events="KEA")
    published: list[tuple[bytes, bytes]] = []
    monkeypatch.setattr(type(server.pubsub), "publish", lambda _self, *words: published.append(words))
    client = server.connect()
    client.receive(b"SET k v\r\n")
    assert published == []
    server.connect().receive(b"SUBSCRIBE elsewhere\r\n")
    client.receive(b"DEL k\r\n")
    assert published == [(b"__keyspace@0__:k", b"del"), (b"__keyevent@0__:del", b"k")]


def test_it_is_read_from_a_conf_file() -> None:
    config = Config()
    config.load(b'notify-keyspace-events "KEg$"\n', "redis.conf")
    assert config.get([b"notify-keyspace-events"]) == {b"notify-keyspace-events": b"g$KE"}
    config.load(b'notify-keyspace-events ""\n', "redis.conf")
    assert config.get([b"notify-keyspace-events"]) == {b"notify-keyspace-events": b""}
    with pytest.raises(ConfigError, match="Invalid event class character"):
        config.load(b"notify-keyspace-events Q\n", "redis.conf")
