"""Django's own Redis cache and django-redis: values, counters, deadlines, patterns, locks, sessions."""

import django
from django.conf import settings

from application import URL, eventually, proven, raises

settings.configure(
    CACHES={
        "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": URL},
        "django-redis": {
            "BACKEND": "django_redis.cache.RedisCache",
            "LOCATION": URL,
            "KEY_PREFIX": "second",
            "OPTIONS": {"COMPRESSOR": "django_redis.compressors.zlib.ZlibCompressor"},
        },
    },
    SESSION_ENGINE="django.contrib.sessions.backends.cache",
    INSTALLED_APPS=["django.contrib.sessions"],
)
django.setup()


def main() -> None:
    from django.core.cache import caches

    for name in settings.CACHES:
        cache(caches[name])
        proven(f"{name}: values, counters, deadlines, versions")
    django_redis(caches["django-redis"])
    sessions()
    assert not caches["django-redis"].keys("*")


def cache(cache) -> None:
    cache.set("value", {"deep": [1, 2.5, "text", None]}, timeout=60)
    assert cache.get("value") == {"deep": [1, 2.5, "text", None]}
    assert cache.get("missing", "default") == "default"
    assert cache.add("value", 1) is False
    assert cache.add("added", "x" * 10_000)
    assert cache.get("added") == "x" * 10_000
    cache.set("counter", 5)
    assert cache.incr("counter") == 6
    assert cache.decr("counter", 10) == -4
    with raises(ValueError):
        cache.incr("missing")
    assert "missing" not in cache
    assert not cache.set_many({"one": 1, "two": "second"})
    assert cache.get_many(["one", "two", "three"]) == {"one": 1, "two": "second"}
    assert cache.get_or_set("computed", lambda: 42) == 42
    assert cache.has_key("computed")
    assert cache.touch("value", 120)
    assert not cache.touch("missing")
    cache.set("brief", 1, timeout=0.05 if hasattr(cache, "pexpire") else 1)
    cache.set("gone", 1, timeout=0)
    assert cache.get("gone") is None
    assert cache.incr_version("one") == 2
    assert cache.get("one") is None
    assert cache.get("one", version=2) == 1
    assert cache.delete("value")
    assert not cache.delete("value")
    cache.delete_many(["added", "counter"])
    assert cache.get_many(["added", "counter"]) == {}
    eventually(lambda: cache.get("brief") is None, "expiry")
    cache.clear()
    assert cache.get("two") is None


def django_redis(cache) -> None:
    from django_redis import get_redis_connection

    cache.set_many({f"user:{number}": number for number in range(30)})
    cache.set("other", 1)
    assert len(cache.keys("user:*")) == 30
    assert len(list(cache.iter_keys("user:*", itersize=5))) == 30
    assert cache.delete_pattern("user:*", itersize=7) == 30
    assert cache.keys("*") == ["other"]
    proven("patterns")
    assert cache.ttl("other") > 0
    assert cache.expire("other", 10)
    assert cache.pttl("other") <= 10_000
    assert cache.persist("other")
    assert cache.ttl("other") is None
    assert cache.set("other", 2, nx=True) is False
    assert cache.incr("other", 2**40) == 2**40 + 1
    proven("times to live")
    with cache.lock("lock", timeout=10):
        assert not cache.lock("lock", timeout=10).acquire(blocking=False)
    assert cache.lock("lock", timeout=10).acquire(blocking=False)
    proven("locks")
    cache.sadd("set", 1, 2, 3)
    assert cache.smembers("set") == {1, 2, 3}
    cache.hset("hash", "field", [1])
    assert cache.hexists("hash", "field")
    assert cache.hkeys("hash") == ["field"]
    connection = get_redis_connection("django-redis")
    with connection.pipeline() as pipe:
        assert pipe.set("raw", 1).incr("raw").execute() == [True, 2]
    connection.delete("raw")
    cache.clear()
    proven("sets, hashes, the raw connection")


def sessions() -> None:
    from django.contrib.sessions.backends.cache import SessionStore

    session = SessionStore()
    session["cart"] = ["apple"]
    session.set_expiry(60)
    session.save()
    again = SessionStore(session_key=session.session_key)
    assert again["cart"] == ["apple"]
    again.cycle_key()
    again.save()
    assert again.session_key != session.session_key
    assert not SessionStore().exists(session.session_key)
    again.flush()
    assert not SessionStore().exists(again.session_key)
    proven("sessions")
