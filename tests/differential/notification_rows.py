"""The rows of test_notifications.py: requests, and the keys that there are. A further request is a line here.

What else a request is about, such as its errors, is compared elsewhere.
"""

from __future__ import annotations

from typing import NamedTuple

REDIS = ("redis-7.0", "redis-8.2")
EVERYBODY = ("valkey-9.1", *REDIS)


class Group(NamedTuple):
    """Requests, each sent to a server with the keys that `start` makes."""

    start: str
    requests: str
    oracles: tuple[str, ...] = EVERYBODY


STRINGS = Group(
    """
    SET k value
    SET n 10
    SET t volatile EX 1000
    RPUSH l a
    """,
    """
    SET k v
    SET l v
    SET new v
    SET t v KEEPTTL
    SET k v XX
    SET k v NX
    SET k v GET
    SET new v GET
    SET l v GET
    SET k v EX 100
    SET new v PX 100000 NX
    SET k v EXAT 4102444800 GET
    SETNX new v
    SETNX k v
    SETEX k 100 v
    SETEX l 100 v
    PSETEX new 100000 v
    GETSET k v
    GETSET new v
    GETDEL k
    GETDEL missing
    GETEX k EX 100
    GETEX t PERSIST
    GETEX k PERSIST
    GETEX k
    GETEX missing EX 1
    GETEX l EX 1
    GET missing
    GET l
    MGET k missing l
    MSET k 1 l 2 new 3 new 4
    MSETNX a 1 b 2 a 3
    MSETNX a 1 k 2
    STRLEN missing
    GETRANGE missing 0 1
    LCS k missing
    APPEND k more
    APPEND new more
    APPEND l x
    SETRANGE k 1 x
    SETRANGE new 1 x
    INCR n
    DECR new
    INCRBY k 1
    DECRBY n 5
    INCRBYFLOAT n 0.5
    INCRBYFLOAT new 1
    """,
)
STRINGS_OF_VALKEY = Group(
    STRINGS.start,
    """
    SET k v IFEQ value
    SET k v IFEQ other
    DELIFEQ k value
    DELIFEQ k other
    MSETEX 2 k v new v EX 100
    MSETEX 2 k v new v NX
    MSETEX 1 t v KEEPTTL
    """,
    ("valkey-9.1",),
)
LISTS = Group(
    """
    RPUSH l a b c d
    RPUSH one a
    SET k value
    """,
    """
    LPUSH l x y
    RPUSH new x
    LPUSHX l x
    RPUSHX new x
    LPUSH k x
    LINSERT l BEFORE b x
    LINSERT l AFTER x y
    LPOP l
    LPOP one
    LPOP missing
    RPOP l 2
    RPOP l 9
    RPOP l 0
    LMPOP 2 missing l LEFT COUNT 2
    LMPOP 1 one RIGHT
    LMPOP 1 missing RIGHT
    BLMPOP 0 1 l LEFT COUNT 9
    BLPOP missing one 0
    BRPOP l 0
    LMOVE l new LEFT RIGHT
    LMOVE one one RIGHT LEFT
    LMOVE one l RIGHT LEFT
    LMOVE missing l RIGHT LEFT
    BLMOVE l one LEFT RIGHT 0
    RPOPLPUSH l new
    RPOPLPUSH one one
    BRPOPLPUSH one l 0
    LLEN missing
    LRANGE missing 0 -1
    LINDEX missing 0
    LSET l 0 x
    LTRIM l 1 2
    LTRIM l 0 -1
    LTRIM l 9 9
    LREM l 0 a
    LREM one 0 a
    LREM l 0 x
    LPOS missing x
    """,
)
HASHES = Group(
    """
    HSET h f 1 g 2
    SET k value
    """,
    """
    HSET h f 2 x 3
    HSET new f 1
    HMSET h f 1
    HSETNX h x 1
    HSETNX h f 1
    HSETNX new f 1
    HDEL h f
    HDEL h f g missing
    HDEL h missing
    HINCRBY h f 1
    HINCRBY new f 1
    HINCRBYFLOAT h f 0.5
    HGET missing f
    HMGET missing f g
    HGETALL missing
    HKEYS missing
    HVALS missing
    HLEN missing
    HEXISTS missing f
    HSTRLEN missing f
    HRANDFIELD missing
    HSCAN missing 0
    """,
)
GENERIC = Group(
    """
    SET k value
    SET t volatile EX 1000
    RPUSH l a
    HSET h f v
    """,
    """
    DEL k l missing k
    UNLINK k h
    EXPIRE k 100
    PEXPIRE k 100000
    EXPIREAT k 4102444800
    PEXPIREAT k 4102444800000
    EXPIRE k 100 XX
    EXPIRE missing 100
    PERSIST t
    PERSIST k
    RENAME k new
    RENAME k l
    RENAME l t
    RENAME k k
    RENAMENX k new
    RENAMENX k l
    COPY k new
    COPY k l
    COPY k l REPLACE
    COPY t new
    COPY k k DB 3
    COPY missing new
    MOVE k 2
    MOVE t 2
    MOVE missing 2
    EXISTS k missing
    TOUCH missing k
    TYPE missing
    TTL missing
    PTTL missing
    EXPIRETIME missing
    KEYS *
    SCAN 0
    FLUSHDB
    FLUSHALL
    SWAPDB 0 1
    """,
)
PAST = Group(
    GENERIC.start,
    """
    EXPIRE k -1
    PEXPIREAT t 1
    EXPIREAT l 1
    GETEX k PXAT 1
    GETEX t EXAT 1
    """,
    REDIS,
)
"""Deadlines in the past: to Redis a deletion, to Valkey an expiry."""

SETS = Group(
    """
    SADD s a b c
    SADD numbers 1 2 3
    SADD one x
    SET k value
    """,
    """
    SADD s d e a
    SADD s a
    SADD new a
    SADD k a
    SREM s a b
    SREM one x missing
    SREM s missing
    SPOP one
    SPOP s 9
    SPOP s 0
    SPOP missing
    SMOVE s one a
    SMOVE one s x
    SMOVE one new x
    SMOVE s one missing
    SMOVE s s a
    SMOVE one one x
    SCARD missing
    SMEMBERS missing
    SISMEMBER missing a
    SMISMEMBER missing a
    SRANDMEMBER missing
    SSCAN missing 0
    SINTER s missing
    SUNION missing s
    SDIFF missing
    SINTERCARD 2 s missing
    SINTERSTORE new s s
    SINTERSTORE k s
    SINTERSTORE one s numbers
    SINTERSTORE new s missing
    SUNIONSTORE one s numbers
    SUNIONSTORE new missing
    SUNIONSTORE k missing
    SDIFFSTORE new s one
    SDIFFSTORE s s
    SDIFFSTORE k s s
    SORT s ALPHA STORE new
    SORT numbers STORE k
    SORT missing STORE k
    SORT missing STORE new
    """,
)
SORTED_SETS = Group(
    """
    ZADD z 1 a 2 b 3 c
    ZADD one 1 x
    ZADD other 5 a 6 d
    SET k value
    """,
    """
    ZADD z 9 d
    ZADD z 1 a
    ZADD z 9 a 8 new
    ZADD z XX 9 missing
    ZADD z NX 9 a
    ZADD z CH 9 a
    ZADD z INCR 5 a
    ZADD z XX INCR 5 missing
    ZADD new 1 a
    ZADD new XX 1 a
    ZADD k 1 a
    ZINCRBY z 5 a
    ZINCRBY new 5 a
    ZREM z a missing
    ZREM one x
    ZREM z missing
    ZREMRANGEBYSCORE z 1 2
    ZREMRANGEBYSCORE z 50 60
    ZREMRANGEBYRANK z 0 -1
    ZREMRANGEBYLEX one - +
    ZPOPMIN z
    ZPOPMAX z 9
    ZPOPMIN missing
    ZPOPMIN z 0
    ZMPOP 2 missing z MIN COUNT 2
    ZMPOP 1 one MAX
    ZMPOP 1 missing MAX
    BZMPOP 0 1 one MAX
    BZPOPMIN missing one 0
    BZPOPMAX z 0
    ZUNIONSTORE new 2 z other
    ZUNIONSTORE k 1 z
    ZUNIONSTORE one 1 missing
    ZUNIONSTORE new 1 missing
    ZINTERSTORE new 2 z other
    ZINTERSTORE one 2 z one
    ZDIFFSTORE one 2 z other
    ZDIFFSTORE z 2 z z
    ZRANGESTORE new z 0 1
    ZRANGESTORE k z 0 1
    ZRANGESTORE one missing 0 1
    ZRANGESTORE one z 5 6
    ZCARD missing
    ZSCORE missing a
    ZMSCORE missing a
    ZRANK missing a
    ZRANGE missing 0 1
    ZCOUNT missing 0 1
    ZLEXCOUNT missing - +
    ZUNION 2 z missing
    ZINTERCARD 2 z missing
    ZRANDMEMBER missing
    ZSCAN missing 0
    GEOADD g 13.4 52.5 berlin
    GEOADD z 13.4 52.5 berlin 2.3 48.8 paris
    GEOPOS missing a
    GEODIST missing a b
    GEOSEARCHSTORE new missing FROMLONLAT 1 1 BYRADIUS 1 m
    GEOSEARCHSTORE k missing FROMLONLAT 1 1 BYRADIUS 1 m
    GEOSEARCHSTORE k other FROMLONLAT 0 0 BYRADIUS 22000 km
    """,
)
STREAMS = Group(
    """
    XADD s 1-1 f v
    XADD s 2-1 f v
    XADD s 3-1 f v
    XGROUP CREATE s g 0
    XREADGROUP GROUP g c COUNT 2 STREAMS s >
    SET k value
    """,
    """
    XADD s 4-1 f v
    XADD new 1-1 f v
    XADD new NOMKSTREAM 1-1 f v
    XADD s MAXLEN 2 4-1 f v
    XADD s MAXLEN 0 4-1 f v
    XADD s 1-1 f v
    XTRIM s MAXLEN 1
    XTRIM s MAXLEN 9
    XTRIM s MINID 3
    XDEL s 1-1 9-9
    XDEL s 9-9
    XDEL s 1-1 2-1 3-1
    XSETID s 9-9
    XGROUP CREATE s other $
    XGROUP CREATE new g 0 MKSTREAM
    XGROUP CREATE s g 0
    XGROUP SETID s g 0
    XGROUP DESTROY s g
    XGROUP DESTROY s missing
    XGROUP CREATECONSUMER s g new
    XGROUP CREATECONSUMER s g c
    XGROUP DELCONSUMER s g c
    XGROUP DELCONSUMER s g missing
    XREADGROUP GROUP g c STREAMS s >
    XREADGROUP GROUP g new STREAMS s >
    XREADGROUP GROUP g new STREAMS s 0
    XREADGROUP GROUP g new NOACK STREAMS s >
    XACK s g 1-1
    XACK s g 9-9
    XCLAIM s g new 0 1-1
    XCLAIM s g c 0 1-1 JUSTID
    XAUTOCLAIM s g new 0 0
    XAUTOCLAIM s g c 999999 0
    XLEN missing
    XRANGE missing - +
    XPENDING s g
    XINFO STREAM missing
    """,
)
STREAMS_OF_REDIS_8 = Group(
    STREAMS.start,
    """
    XDELEX s IDS 2 1-1 9-9
    XDELEX s ACKED IDS 1 1-1
    XDELEX s DELREF IDS 3 1-1 2-1 3-1
    XACKDEL s g IDS 1 1-1
    XACKDEL s g KEEPREF IDS 1 9-9
    XCLAIM s g new 0 9-9
    """,
    ("redis-8.2",),
)
HASH_EXPIRY = Group(
    """
    HSET h f 1 g 2
    HEXPIRE h 1000 FIELDS 1 g
    HSET one f 1
    SET k value
    """,
    """
    HEXPIRE h 100 FIELDS 2 f missing
    HEXPIRE h 100 FIELDS 1 missing
    HPEXPIRE h 100000 NX FIELDS 2 f g
    HEXPIREAT h 4102444800 FIELDS 1 f
    HPEXPIREAT h 4102444800000 FIELDS 1 f
    HEXPIRE h 0 FIELDS 1 f
    HEXPIRE one 0 FIELDS 1 f
    HEXPIREAT h 1 FIELDS 2 f g
    HEXPIRE missing 100 FIELDS 1 f
    HPERSIST h FIELDS 2 f g
    HPERSIST h FIELDS 1 f
    HTTL missing FIELDS 1 f
    HGETEX h EX 100 FIELDS 1 f
    HGETEX h PERSIST FIELDS 1 g
    HGETEX h FIELDS 1 f
    HGETEX one PXAT 1 FIELDS 1 f
    HGETEX missing FIELDS 1 f
    HGETDEL h FIELDS 1 f
    HGETDEL one FIELDS 2 f g
    HGETDEL h FIELDS 1 missing
    HGETDEL missing FIELDS 1 f
    HSETEX h EX 100 FIELDS 1 f 1
    HSETEX new FIELDS 1 f 1
    HSETEX h FNX FIELDS 1 f 1
    HSETEX h FXX KEEPTTL FIELDS 1 g 1
    HSETEX one PXAT 1 FIELDS 1 f 1
    HSETEX new PXAT 1 FIELDS 1 f 1
    HSET h g 3
    HDEL h g
    """,
    ("redis-8.2",),
)
BITS = Group(
    """
    SET k value
    SET n 10
    RPUSH l a
    PFADD p a b
    """,
    """
    SETBIT k 1 0
    SETBIT k 7 1
    SETBIT new 7 1
    SETBIT new 7 0
    GETBIT missing 1
    BITCOUNT missing
    BITPOS missing 1
    BITFIELD k SET u8 0 65
    BITFIELD k GET u8 0
    BITFIELD k INCRBY u8 0 1
    BITFIELD k SET u8 0 118
    BITFIELD new SET u8 0 65
    BITFIELD missing GET u8 0
    BITFIELD_RO missing GET u8 0
    BITOP NOT new k
    BITOP AND k k n
    BITOP OR l k n
    BITOP AND k missing
    BITOP AND new missing
    PFADD p c
    PFADD p a
    PFADD new
    PFADD new a
    PFMERGE new p
    PFMERGE p p
    PFMERGE p missing
    PFCOUNT p
    PFCOUNT p p
    PFCOUNT missing
    """,
)
PAYLOADS = Group(
    """
    SET k value
    RPUSH l a
    """,
    """
    DUMP missing
    OBJECT ENCODING missing
    OBJECT REFCOUNT missing
    """,
)

GROUPS = (
    STRINGS, STRINGS_OF_VALKEY, LISTS, HASHES, GENERIC, PAST, SETS, SORTED_SETS, STREAMS, STREAMS_OF_REDIS_8, HASH_EXPIRY, BITS,
    PAYLOADS,
)  # fmt: skip
