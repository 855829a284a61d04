"""Usage lines: the grammar, and the arity, key specs, key positions and arguments that come out of them."""

from __future__ import annotations

import pytest

from stubredis.usage import Argument, KeyNum, KeySpec, Keyword, Range, parse

ONE = Range(lastkey=0, keystep=1, limit=0)
UNKNOWN = KeySpec(None, None, optional=True)

GEORADIUS = "GEORADIUS key longitude latitude radius <M | KM> [COUNT count [ANY]] [STORE key | STOREDIST key]"
MIGRATE = (
    'MIGRATE host port <key | ""> destination-db timeout [COPY] [AUTH password | AUTH2 username password]'
    " [KEYS key [key ...]]"
)
SORT = "SORT key [BY pattern] [LIMIT offset count] [GET pattern [GET pattern ...]] [ALPHA] [STORE destination]"
XREAD = "XREAD [COUNT count] [BLOCK milliseconds] STREAMS key [key ...] id [id ...]"
XREADGROUP = "XREADGROUP GROUP group consumer [COUNT count] [NOACK] STREAMS key [key ...] id [id ...]"


def outline(argument: Argument) -> str:
    """Write an argument in one line: its name, token, flags (? optional, + multiple) and what is in it."""
    text = argument.name
    if argument.token is not None:
        text = f"{argument.token}:{text}"
    if argument.arguments:
        opening, closing = "<>" if argument.type == "oneof" else "()"
        text += opening + " ".join(outline(child) for child in argument.arguments) + closing
    return text + "?" * argument.optional + "+" * argument.multiple + "+" * argument.multiple_token


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("PING [message]", "ping"),
        ("SORT_RO key", "sort_ro"),
        ("RESTORE-ASKING key ttl serialized-value", "restore-asking"),
        ("CLIENT NO-EVICT <ON | OFF>", "client|no-evict"),
        ("SHUTDOWN [[NOSAVE | SAVE] [NOW] | ABORT]", "shutdown"),
        ("XGROUP CREATE key group <id | $>", "xgroup|create"),
        (XREADGROUP, "xreadgroup"),
        ("CLUSTER MIGRATESLOTS SLOTSRANGE start-slot end-slot", "cluster|migrateslots"),
    ],
)
def test_name(line: str, name: str) -> None:
    usage = parse(line)
    assert (usage.name, usage.line) == (name, line)


@pytest.mark.parametrize(
    ("line", "minimum", "maximum", "arity"),
    [
        ("TIME", 1, 1, 1),
        ("GET key", 2, 2, 2),
        ("OBJECT ENCODING key", 3, 3, 3),
        ("LPOP key [count]", 2, 3, -2),
        ("DEL key [key ...]", 2, None, -2),
        ("PUBSUB NUMSUB [channel [channel ...]]", 2, None, -2),
        ("LINSERT key <BEFORE | AFTER> pivot element", 5, 5, 5),
        ("REPLICAOF <host port | NO ONE>", 3, 3, 3),
        ("CLUSTER REPLICATE <node-id | NO ONE>", 3, 4, -3),
        ("BITCOUNT key [start [end [BYTE | BIT]]]", 2, 5, -2),
        ("HSET key field value [field value ...]", 4, None, -4),
        ("SET key value [NX | XX] [EX seconds | KEEPTTL]", 3, 6, -3),
        ("X key [BY <A | B c>]", 2, 5, -2),
        # One alternative is chosen, even if all of them may be left out.
        ("CLIENT KILL <ip:port | <[ID id] | [USER user]> [<[ID id] | [USER user]> ...]>", 3, None, -3),
        ("HELLO [protover [AUTH username password] [SETNAME clientname]]", 1, 7, -1),
    ],
)  # fmt: skip
def test_arity(line: str, minimum: int, maximum: int | None, arity: int) -> None:
    usage = parse(line)
    assert (usage.minimum, usage.maximum, usage.arity) == (minimum, maximum, arity)


@pytest.mark.parametrize(
    ("line", "arguments"),
    [
        ("LPOP key [count]", "key count?"),
        ("AUTH [username] password", "username? password"),
        ("SADD key member [member ...]", "key member+"),
        ("PFADD key [element [element ...]]", "key element?+"),
        ("HSET key field value [field value ...]", "key data(field value)+"),
        ("SCAN cursor [COUNT count]", "cursor COUNT:count?"),
        ("ZRANGE key start stop [REV]", "key start stop REV:rev?"),
        ("ZADD key [NX | XX] [CH]", "key condition<NX:nx XX:xx>? CH:change?"),
        ("BITOP <AND | OR> destkey key [key ...]", "operation<AND:and OR:or> destkey key+"),
        ("X key <A a | b c | D>", "key choice<A:a b-block(b c) D:d>"),
        ("SORT key [LIMIT offset count]", "key LIMIT:limit(offset count)?"),
        ("HTTL key FIELDS numfields field [field ...]", "key FIELDS:fields(numfields field+)"),
        ("GEORADIUS key [COUNT count [ANY]]", "key count-block(COUNT:count ANY:any?)?"),
        ("XINFO STREAM key [FULL [COUNT count]]", "key full-block(FULL:full COUNT:count?)?"),
        ("X [[IDLE ms] count]", "filters(IDLE:ms? count)?"),
        # A token before a repetition is sent once, in a repetition each time.
        ("X [WEIGHTS weight [weight ...]]", "WEIGHTS:weight?+"),
        ("X [PREFIX prefix [PREFIX prefix ...]]", "PREFIX:prefix?++"),
        ("X [GET encoding offset [GET encoding offset ...]]", "GET:get-block(encoding offset)?++"),
        ("X key A b c [b c ...] D e [A b c [b c ...] D e ...]", "key data(A:a(b c)+ D:e)+"),
        # A choice with a token of its own, in both notations.
        ("X [TYPE <NORMAL | MASTER>]", "TYPE:client-type<NORMAL:normal MASTER:master>?"),
        ("X [TYPE NORMAL | MASTER]", "TYPE:client-type<NORMAL:normal MASTER:master>?"),
        ("X [FILTERBY MODULE name | ACLCAT category]", "FILTERBY:filterby<MODULE:name ACLCAT:category>?"),
        ("X <NO ONE | host port>", "choice<no-one(NO:no ONE:one) host-port(host port)>"),
        # A repetition of all alternatives, written inside the last of them.
        ("X [A a | [B b] C [A a | [B b] C ...]]", "choice<A:a b-block(B:b? C:c)>?+"),
        ("X <a | <B b | C c> [<B b | C c> ...]>", "choice<a choice<B:b C:c>+>"),
        # Tokens without a letter.
        ("XADD key [= | ~] <* | id>", "key operator<=:equal ~:approximately>? id-selector<*:auto-id id>"),
        ('MIGRATE <key | "">', "key-selector<key :empty-string>"),
        # Names that say more than the word does.
        ("SORT key [BY pattern] [STORE destination]", "key BY:by-pattern? STORE:destination?"),
        ("CLIENT LIST [ADDR ip:port]", "ADDR:addr?"),
    ],
)  # fmt: skip
def test_arguments(line: str, arguments: str) -> None:
    assert " ".join(outline(argument) for argument in parse(line).arguments) == arguments


def test_an_argument_in_full() -> None:
    key, by, condition = parse("SORT key [BY pattern [BY pattern ...]] [NX | XX]").arguments
    assert key == Argument("key", "key", display="key", key_spec_index=0)
    assert by == Argument(
        "by-pattern",
        "pattern",
        "BY",
        "pattern",
        optional=True,
        multiple=True,
        multiple_token=True,
        key_spec_index=1,
    )
    tokens = (Argument("nx", "pure-token", "NX", "nx"), Argument("xx", "pure-token", "XX", "xx"))
    assert condition == Argument("condition", "oneof", optional=True, arguments=tokens)


@pytest.mark.parametrize(
    ("line", "types"),
    [
        ("SET key value", "key string"),
        ("SETEX key seconds value", "key integer string"),
        ("SETBIT key offset value", "key integer integer"),
        ("INCRBY key increment", "key integer"),
        ("INCRBYFLOAT key increment", "key double"),
        ("BLPOP key [key ...] timeout", "key double"),
        ("WAIT numreplicas timeout", "integer integer"),
        ("LRANGE key start stop", "key integer integer"),
        ("XRANGE key start end", "key string string"),
        ("ZCOUNT key min max", "key double double"),
        ("ZLEXCOUNT key min max", "key string string"),
        ("EXPIREAT key unix-time-seconds", "key unix-time"),
        ("KEYS pattern", "pattern"),
        # A key in name only: nothing is read or written there.
        ("CLUSTER KEYSLOT key", "string"),
        ("SPUBLISH shardchannel message", "string string"),
    ],
)
def test_types(line: str, types: str) -> None:
    assert " ".join(argument.type for argument in parse(line).arguments) == types


@pytest.mark.parametrize(
    ("line", "keys", "legacy"),
    [
        ("PING [message]", [], (0, 0, 0)),
        ("GET key", [KeySpec(1, ONE)], (1, 1, 1)),
        ("XGROUP DESTROY key group", [KeySpec(2, ONE)], (2, 2, 1)),
        ("PFDEBUG subcommand key", [KeySpec(2, ONE)], (2, 2, 1)),
        ("RENAME key newkey", [KeySpec(1, ONE), KeySpec(2, ONE)], (1, 2, 1)),
        ("LCS key1 key2 [LEN]", [KeySpec(1, Range(1, 1, 0))], (1, 2, 1)),
        ("DEL key [key ...]", [KeySpec(1, Range(-1, 1, 0))], (1, -1, 1)),
        ("BLPOP key [key ...] timeout", [KeySpec(1, Range(-2, 1, 0))], (1, -2, 1)),
        ("MSET key value [key value ...]", [KeySpec(1, Range(-1, 2, 0))], (1, -1, 2)),
        ("BITOP <OR | NOT> destkey key [key ...]", [KeySpec(2, ONE), KeySpec(3, Range(-1, 1, 0))], (2, -1, 1)),
        (
            "PFMERGE destkey [sourcekey [sourcekey ...]]",
            [KeySpec(1, ONE), KeySpec(2, Range(-1, 1, 0), optional=True)],
            (1, -1, 1),
        ),
        ("ZDIFF numkeys key [key ...]", [KeySpec(1, KeyNum(0, 1, 1))], (0, 0, 0)),
        (
            "EVAL script numkeys [key [key ...]] [arg [arg ...]]",
            [KeySpec(2, KeyNum(0, 1, 1), optional=True)],
            (0, 0, 0),
        ),
        ("MSETEX numkeys key value [key value ...] [NX | XX]", [KeySpec(1, KeyNum(0, 1, 2))], (0, 0, 0)),
        (
            "ZDIFFSTORE destination numkeys key [key ...]",
            [KeySpec(1, ONE), KeySpec(2, KeyNum(0, 1, 1))],
            (1, 1, 1),
        ),
        (XREAD, [KeySpec(Keyword("STREAMS", 1), Range(-1, 1, 2))], (0, 0, 0)),
        (XREADGROUP, [KeySpec(Keyword("STREAMS", 4), Range(-1, 1, 2))], (0, 0, 0)),
        (
            GEORADIUS,
            [
                KeySpec(1, ONE),
                KeySpec(Keyword("STORE", 6), ONE, optional=True),
                KeySpec(Keyword("STOREDIST", 6), ONE, optional=True),
            ],
            (1, 1, 1),
        ),
        (
            MIGRATE,
            [KeySpec(3, ONE, optional=True), KeySpec(Keyword("KEYS", -2), Range(-1, 1, 0), optional=True)],
            (3, 3, 1),
        ),
        (SORT, [KeySpec(1, ONE), UNKNOWN, UNKNOWN], (1, 1, 1)),
        ("SPUBLISH shardchannel message", [KeySpec(1, ONE, not_key=True)], (1, 1, 1)),
        ("PUBSUB SHARDNUMSUB [shardchannel [shardchannel ...]]", [], (0, 0, 0)),
        ("CLUSTER KEYSLOT key", [], (0, 0, 0)),
        ("X key value newkey", [KeySpec(1, ONE), KeySpec(3, ONE)], (1, 1, 1)),
        # No key spec can say these.
        ("X key [key ...] [OPTION]", [UNKNOWN], (0, 0, 0)),
        ("X [count] key", [UNKNOWN], (0, 0, 0)),
        ("X [count] [BY field key]", [UNKNOWN], (0, 0, 0)),
    ],
)  # fmt: skip
def test_keys(line: str, keys: list[KeySpec], legacy: tuple[int, int, int]) -> None:
    usage = parse(line)
    assert list(usage.keys) == keys
    assert (usage.first_key, usage.last_key, usage.step) == legacy


@pytest.mark.parametrize(
    ("line", "movable"),
    [
        ("GET key", False),
        ("RENAME key newkey", False),
        ("PING", False),
        ("X key value newkey", True),
        ("ZDIFF numkeys key [key ...]", True),
        (XREAD, True),
        (SORT, True),
    ],
)
def test_movable_keys(line: str, movable: bool) -> None:
    assert parse(line).movable_keys is movable


@pytest.mark.parametrize(
    ("line", "request_line", "keys"),
    [
        ("PING [message]", "PING a", ""),
        ("RENAME key newkey", "RENAME a b", "a b"),
        ("OBJECT ENCODING key", "OBJECT ENCODING a", "a"),
        ("BLPOP key [key ...] timeout", "BLPOP a b 0", "a b"),
        ("MSET key value [key value ...]", "MSET a 1 b 2", "a b"),
        ("PFMERGE destkey [sourcekey [sourcekey ...]]", "PFMERGE a", "a"),
        ("PFMERGE destkey [sourcekey [sourcekey ...]]", "PFMERGE a b c", "a b c"),
        ("ZDIFFSTORE destination numkeys key [key ...]", "ZDIFFSTORE d 2 a b", "d a b"),
        ("EVAL script numkeys [key [key ...]] [arg [arg ...]]", "EVAL s 1 a b", "a"),
        ("EVAL script numkeys [key [key ...]] [arg [arg ...]]", "EVAL s 0 b", ""),
        ("MSETEX numkeys key value [key value ...] [NX | XX]", "MSETEX 2 a 1 b 2 NX", "a b"),
        ("SPUBLISH shardchannel message", "SPUBLISH a b", ""),
        (XREAD, "XREAD COUNT 1 streams a b c 0 0 0", "a b c"),
        (XREAD, "XREAD STREAMS streams STREAMS 0 0", "streams STREAMS"),
        (XREADGROUP, "XREADGROUP GROUP STREAMS c STREAMS a 0", "a"),
        (GEORADIUS, "GEORADIUS a 1 1 1 M", "a"),
        (GEORADIUS, "GEORADIUS STORE 1 1 1 M storedist STORE", "STORE STORE"),
        # As the command does, the last one is taken.
        (GEORADIUS, "GEORADIUS a 1 1 1 M STORE b STOREDIST c", "a c"),
        (SORT, "SORT STORE", "STORE"),
        (SORT, "SORT a BY STORE LIMIT 0 1 GET STORE ALPHA store b", "a b"),
        (SORT, "SORT a STORE b STORE c", "a c"),
        (MIGRATE, "MIGRATE h p a 0 1 COPY", "a"),
        (MIGRATE, "MIGRATE h p a 0 1 AUTH KEYS", "a"),
    ],
)
def test_positions(line: str, request_line: str, keys: str) -> None:
    argv = request_line.encode().split()
    assert [argv[position] for position in parse(line).positions(argv)] == keys.encode().split()


def test_positions_of_migrate_with_keys_at_the_end() -> None:
    usage = parse(MIGRATE)
    request = [b"MIGRATE", b"h", b"p", b"", b"0", b"1"]
    assert usage.positions(request) == [3]
    assert usage.positions([*request, b"AUTH2", b"keys", b"KEYS", b"KEYS", b"a", b"keys"]) == [10, 11]


@pytest.mark.parametrize("number", ["x", "-1", "+2", "02", "1.0", "3", "9" * 30, "9" * 9000])
def test_positions_with_a_wrong_number_of_keys(number: str) -> None:
    for line in ("ZDIFF numkeys key [key ...]", "ZDIFF numkeys [key [key ...]]"):
        with pytest.raises(ValueError, match=r"keys|digits"):
            parse(line).positions([b"ZDIFF", number.encode(), b"a", b"b"])


@pytest.mark.parametrize(
    ("line", "request_line"),
    [
        ("GET key", "GET"),
        ("BLPOP key [key ...] timeout", "BLPOP a"),
        ("ZDIFF numkeys key [key ...]", "ZDIFF"),
        ("ZDIFF numkeys key [key ...]", "ZDIFF 0 a"),
        ("ZDIFFSTORE destination numkeys key [key ...]", "ZDIFFSTORE a 0 b"),
        (XREAD, "XREAD COUNT 1 BLOCK 0"),
        (XREAD, "XREAD STREAMS a"),
    ],
)
def test_positions_without_a_required_key(line: str, request_line: str) -> None:
    with pytest.raises(ValueError, match=r"fewer keys|number of keys"):
        parse(line).positions(request_line.encode().split())


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("", "no command name"),
        ("get key", "no command name"),
        ("[KEY]", "no command name"),
        ("* key", "no command name"),
        ("GET Key", "unexpected 'Key'"),
        ("GET 2key", "unexpected '2key'"),
        ("GET key.name", "unexpected '.'"),
        ("GET key ...", "unexpected '...'"),
        ("GET [key ... key]", "unexpected '...'"),
        ("GET a | b", r"unexpected '\|'"),
        ("GET [key", "'\\[' is not closed"),
        ("GET <A | B", "'<' is not closed"),
        ("GET key]", "'\\]' closes nothing"),
        ("GET [key>", "'>' closes nothing"),
        ("GET []", "nothing to choose in '\\[ \\]'"),
        ("GET [a | ]", "nothing to choose"),
        ("GET <a>", "nothing to choose"),
        ("GET <key | >", "nothing to choose"),
        ("GET [...]", "repetition"),
        ("GET key [field ...]", "repetition"),
        ("GET [key ...]", "repetition"),
        ("GET key [key ...] [key ...]", "repetition"),
        ("GET <A | B> [<A | C> ...]", "repetition"),
        ("GET [A | B [A ...]]", "repetition"),
        ("GET [A | B [A | B ...] c]", "unexpected 'c'"),
        ("GET GET [GET GET ...]", "repetition"),
    ],
)
def test_malformed(line: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem) as error:
        parse(line)
    assert repr(line) in str(error.value)
