"""walrus: containers, arrays in Lua, locks, limits, a cache, autocompletion, models with queries, streams, a graph."""

from walrus import BooleanField, Database, HashField, IntegerField, ListField, Model, TextField

from application import URL, proven

db = Database.from_url(URL, decode_responses=False)


class User(Model):
    """Kept in hashes, with indexes in sets and sorted sets, and one for words."""

    __database__ = db
    __namespace__ = "app"

    name = TextField(primary_key=True)
    text = TextField(fts=True)
    age = IntegerField(index=True)
    active = BooleanField(index=True, default=True)
    tags = ListField()
    settings = HashField()


def main() -> None:
    containers()
    locks_and_limits()
    cache()
    autocompletion()
    models()
    streams()
    graph()


def containers() -> None:
    table = db.Hash("hash")
    table.update(one=1, two=2)
    del table["one"]
    assert table.as_dict(decode=True) == {"two": "2"}
    items = db.List("list")
    items.extend(["a", "b", "c", "d"])
    assert items[1:3] == [b"b", b"c"]
    assert items.popright() == b"d"
    first, second = db.Set("first"), db.Set("second")
    first.add("a", "b", "c")
    second.add("b", "c", "d")
    assert first & second == {b"b", b"c"}
    assert first - second == {b"a"}
    scores = db.ZSet("scores")
    scores.add({"a": 1, "b": 2, "c": 3})
    assert scores[:"c"] == [b"a", b"b"]
    assert scores.score("c") == 3
    array = db.Array("array")
    array.extend(["x", "y", "z"])
    assert array.pop(1) == b"y"
    array[0] = "new"
    assert list(array) == [b"new", b"z"]
    unique = db.HyperLogLog("unique")
    unique.add(*map(str, range(100)))
    assert 98 <= len(unique) <= 102
    bloom = db.bloom_filter("bloom")
    bloom.add("there")
    assert "there" in bloom
    assert "elsewhere" not in bloom
    assert db.get_key("hash").as_dict(decode=True) == {"two": "2"}
    db.set("swapped", "a")
    assert db.cas("swapped", "a", "b")
    assert not db.cas("swapped", "a", "c")
    with db.atomic() as transaction:
        transaction.pipe.set("atomic", 1)
        transaction.pipe.incr("atomic")
    assert db.get("atomic") == b"2"
    proven("containers, arrays, transactions")


def locks_and_limits() -> None:
    lock = db.lock("lock", ttl=10_000)
    assert lock.acquire()
    assert not db.lock("lock", ttl=10_000).acquire(block=False)
    lock.release()
    assert db.lock("lock").acquire(block=False)
    for limit in (db.rate_limit("plain", limit=2, per=60), db.rate_limit_lua("lua", limit=2, per=60)):
        assert [limit.limit("user") for _ in range(3)] == [False, False, True]
    proven("locks, limits")


def cache() -> None:
    cached = db.cache(default_timeout=60)
    calls = []

    @cached.cached()
    def double(number: int) -> int:
        calls.append(number)
        return 2 * number

    assert [double(2), double(2), double(3)] == [4, 4, 6]
    assert calls == [2, 3]
    double.bust(2)
    assert double(2) == 4
    assert calls == [2, 3, 2]
    cached.flush()
    assert list(cached.keys()) == []
    proven("a cache")


def autocompletion() -> None:
    titles = db.autocomplete()
    for title in ("testing with redis", "testing with python", "a python in the zoo"):
        titles.store(title)
    assert list(titles.search("test")) == ["testing with python", "testing with redis"]
    assert list(titles.search("python test")) == ["testing with python"]
    titles.remove("testing with python")
    assert list(titles.search("test")) == ["testing with redis"]
    titles.flush()
    proven("autocompletion")


def models() -> None:
    for number, name in enumerate(["ann", "bob", "cem", "dia"]):
        user = User.create(name=name, age=20 + number, active=number % 2 == 0, text=f"{name} likes tests")
        user.tags.extend([name, "all"])
        user.settings["color"] = "green"
    assert [user.name for user in User.query(User.age.between(21, 22), order_by=User.age)] == ["bob", "cem"]
    assert [user.name for user in User.query((User.age > 20) & (User.active == True))] == ["cem"]  # noqa: E712
    assert [user.name for user in User.query(User.text.search("ann AND tests"))] == ["ann"]
    assert User.count() == 4
    ann = User.load("ann")
    assert list(ann.tags) == [b"ann", b"all"]
    assert ann.settings["color"] == b"green"
    ann.delete()
    assert sorted(user.name for user in User.all()) == ["bob", "cem", "dia"]
    proven("models, queries, words")


def streams() -> None:
    db.Stream("events").add({"number": 1})
    group = db.consumer_group("readers", ["events"])
    group.create()
    group.set_id("0-0")
    [(key, [(entry, fields)])] = group.read()
    assert (key, fields) == (b"events", {b"number": b"1"})
    assert group.events.ack(entry) == 1
    group.destroy()
    proven("a stream and its readers")


def graph() -> None:
    friends = db.graph("friends")
    friends.store_many([("ann", "knows", "bob"), ("bob", "knows", "cem"), ("cem", "knows", "ann")])
    found = friends.search({"s": "ann", "p": "knows", "o": friends.v.friend})
    assert found == {"friend": {"bob"}}
    proven("a graph")
