"""limits and Flask-Limiter: the windows that are fixed, moving and sliding, which are scripts in Lua."""

from flask import Flask
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from limits import parse
from limits.storage import storage_from_string
from limits.strategies import FixedWindowRateLimiter, MovingWindowRateLimiter, SlidingWindowCounterRateLimiter

from application import URL, eventually, proven


def main() -> None:
    strategies()
    web_pages()


def strategies() -> None:
    storage = storage_from_string(URL)
    assert storage.check()
    for strategy in (FixedWindowRateLimiter, MovingWindowRateLimiter, SlidingWindowCounterRateLimiter):
        limiter, limit = strategy(storage), parse("3 per hour")
        name = strategy.__name__
        assert limiter.test(limit, name)
        assert [limiter.hit(limit, name) for _ in range(4)] == [True, True, True, False]
        assert not limiter.test(limit, name)
        window = limiter.get_window_stats(limit, name)
        assert window.remaining == 0
        assert limiter.hit(limit, name, "somebody else", cost=3)
        assert not limiter.hit(limit, name, "somebody else")
        limiter.clear(limit, name)
        assert limiter.hit(limit, name)
        assert limiter.hit(parse("1 per second"), name)
        proven(name)
    for strategy in (FixedWindowRateLimiter, MovingWindowRateLimiter, SlidingWindowCounterRateLimiter):
        limiter, name = strategy(storage), strategy.__name__
        eventually(lambda limiter=limiter, name=name: limiter.hit(parse("1 per second"), name), "the next window")
    proven("the next window")
    assert storage.reset()


def web_pages() -> None:
    app = Flask("limited")
    limiter = Limiter(get_remote_address, app=app, storage_uri=URL, strategy="moving-window", headers_enabled=True)

    @app.get("/")
    @limiter.limit("2 per hour")
    def page() -> str:
        return "hello"

    @app.get("/shared")
    @limiter.shared_limit("1 per hour", scope="shared")
    def shared() -> str:
        return "hello"

    client = app.test_client()
    answers = [client.get("/") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[0].headers["X-RateLimit-Remaining"] == "1"
    assert [client.get("/shared").status_code for _ in range(2)] == [200, 429]
    proven("pages that are limited")
