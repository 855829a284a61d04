"""python-redis-lock: its scripts, waiting by BLPOP, renewal, extending, and resetting."""

import threading

import redis
from redis_lock import AlreadyAcquired, Lock, NotAcquired, reset_all

from application import PATIENCE, URL, eventually, proven

client = redis.Redis.from_url(URL)


def main() -> None:
    lock = Lock(client, "lock", expire=10)
    assert lock.acquire()
    assert lock.locked()
    assert lock.get_owner_id() == lock.id
    assert not Lock(client, "lock").acquire(blocking=False)
    lock.extend(20)
    assert 10 < client.ttl("lock:lock") <= 20
    for use, error in ((lock.acquire, AlreadyAcquired), (Lock(client, "lock").release, NotAcquired)):
        try:
            use()
        except error:
            continue
        raise AssertionError("no error")
    proven("acquiring and extending")

    order: list[str] = []

    def wait() -> None:
        with Lock(client, "lock"):
            order.append("the other")

    waiting = threading.Thread(target=wait)
    waiting.start()
    eventually(lambda: any("b" in row["flags"] for row in client.client_list()), "blocking")
    order.append("this")
    lock.release()
    waiting.join(PATIENCE)
    assert order == ["this", "the other"]
    proven("a waiting client is woken")

    with Lock(client, "renewed", expire=1, auto_renewal=True):
        client.pexpire("lock:renewed", 900)
        eventually(lambda: client.pttl("lock:renewed") > 950, "the renewal")
        proven("renewal")

    assert Lock(client, "left").acquire()
    reset_all(client)
    assert Lock(client, "left").acquire(blocking=False)
    proven("resetting")
