"""ACL as the server's state, files and the clock show it; replies are compared in tests/differential/test_acl.py."""

from __future__ import annotations

import hashlib
import hmac
import tracemalloc
from itertools import product
from pathlib import Path

import pytest

from stubredis.client import TIMED
from stubredis.clock import ManualClock
from stubredis.config import Config, ConfigError
from stubredis.datatypes.glob import matcher
from stubredis.permissions import REMEMBERED_KEYS, reach
from stubredis.server import Server
from stubredis.session import Session
from tests.differential.resp import encode

ALL = b"user default on nopass sanitize-payload ~* &* +@all"


def ask(client: Session, line: bytes) -> bytes:
    client.receive(line + b"\r\n")
    return client.take_output()


@pytest.fixture
def server() -> Server:
    return Server(clock=ManualClock())


def login(server: Server, *rules: bytes) -> Session:
    """Return a client of a user with these rules."""
    server.acl.set_user(b"u", [b"on", b"nopass", *rules])
    client = server.connect()
    assert ask(client, b"AUTH u x") == b"+OK\r\n"
    return client


# Files


def test_users_of_the_conf_file() -> None:
    config = Config()
    config.load(b"requirepass a\nuser alice on >secret ~a* +@read (~b +set)\nUSER bob off\n", "r.conf")
    server = Server(config)
    hashed = hashlib.sha256(b"secret").hexdigest().encode()
    default = hashlib.sha256(b"a").hexdigest().encode()
    assert server.acl.lines() == [
        b"user alice on sanitize-payload #%b ~a* resetchannels -@all +@read (~b resetchannels -@all +set)" % hashed,
        b"user bob off sanitize-payload resetchannels -@all",
        b"user default on sanitize-payload #%b ~* &* +@all" % default,
    ]
    client = server.connect()
    assert ask(client, b"GET a") == b"-NOAUTH Authentication required.\r\n"
    assert ask(client, b"AUTH alice secret") == b"+OK\r\n"
    assert ask(client, b"GET a") == b"$-1\r\n"
    assert ask(client, b"SET b 1") == b"+OK\r\n"


def test_the_lines_make_the_same_users() -> None:
    config = Config()
    config.load(
        b"user u on >p #%b ~a %%R~b &c +@all -get +get|x (+set ~x)\nuser default on nopass +ping\n" % (b"0" * 64), "f"
    )
    lines = Server(config).acl.lines()
    again = Config()
    again.load(b"\n".join(lines), "f")
    assert Server(again).acl.lines() == lines


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("user", "f, line 2: user: wrong number of arguments"),
        ("user u nosuch", "f, line 2: user: Error in user declaration 'u': Syntax error"),
        ("user u +nosuch", "f, line 2: user: Error in user declaration 'u': Unknown command or category name in ACL"),
        ("user u (+get", "f, line 2: user: Error in user declaration 'u': Unmatched parenthesis in acl selector"),
        ('user "a b" on', "f, line 2: user: Error in user declaration 'a b': Spaces not allowed in ACL usernames"),
        ("user v on\nuser v on", "f, line 3: user: Error in user declaration 'v': Duplicate user found."),
        (
            "user u on\naclfile users.acl",
            "aclfile: users are either in the configuration file or in the file of aclfile",
        ),
        ("aclfile /nosuch/users.acl", "aclfile: Error loading ACLs, opening file '/nosuch/users.acl': No such file"),
    ],
)
def test_bad_configuration(line: str, reason: str) -> None:
    with pytest.raises(ConfigError) as caught:  # noqa: PT012 (some are found when the users are made)
        config = Config()
        config.load(b"port 0\n" + line.encode(), "f")
        Server(config)
    assert str(caught.value).startswith(reason)


def test_save_and_load(tmp_path: Path) -> None:
    path = tmp_path / "users.acl"
    path.write_text("\nuser u on nopass ~k* +@all\n\n  user v off (~a   +get)\t\n")
    server = Server(dir=str(tmp_path), aclfile="users.acl", clock=ManualClock())
    admin, client = server.connect(), server.connect()
    assert ask(client, b"AUTH u x") == b"+OK\r\n"
    assert ask(admin, b"ACL SETUSER v on >x") == b"+OK\r\n"
    assert ask(admin, b"ACL SAVE") == b"+OK\r\n"
    assert path.read_bytes() == b"".join(line + b"\n" for line in server.acl.lines())
    assert [each.name for each in tmp_path.iterdir()] == ["users.acl"]
    path.write_text("user u on nopass ~k* +get\nuser w on\n")
    assert ask(admin, b"ACL LOAD") == b"+OK\r\n"
    assert sorted(server.acl.users) == [b"default", b"u", b"w"]
    assert server.acl.lines()[0] == ALL
    assert ask(client, b"SET k 1").startswith(b"-NOPERM User u has no permissions to run the 'set' command")
    assert ask(client, b"GET k") == b"$-1\r\n"
    path.write_text("user w on\n")
    assert ask(admin, b"ACL LOAD") == b"+OK\r\n"
    assert client.closing
    assert not admin.closing


def test_load_ends_subscriptions_that_are_no_longer_allowed(tmp_path: Path) -> None:
    path = tmp_path / "users.acl"
    path.write_text("user u on nopass &* +@all\n")
    server = Server(aclfile=str(path), clock=ManualClock())
    admin, one, two = server.connect(), server.connect(), server.connect()
    for client, channel in ((one, b"a"), (two, b"b")):
        ask(client, b"AUTH u x")
        ask(client, b"SUBSCRIBE " + channel)
    path.write_text("user u on nopass &a +@all\n")
    assert ask(admin, b"ACL LOAD") == b"+OK\r\n"
    assert (one.closing, two.closing) == (False, True)


def test_a_file_with_errors_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "users.acl"
    path.write_text("user u on\n")
    server = Server(aclfile=str(path), clock=ManualClock())
    before = server.acl.lines()
    path.write_text("alice on\nuser\nuser a +nosuch +@nosuch x y\nuser a on\nuser b (+get\nuser c on\n")
    where = str(path).encode()
    expected = (
        b"-ERR %(f)b:1 should start with user keyword followed by the username. "
        b"%(f)b:2 should start with user keyword followed by the username. "
        b"%(f)b:3: Error in applying operation '+nosuch': Unknown command or category name in ACL. "
        b"%(f)b:3: Error in applying operation '+@nosuch': Unknown command or category name in ACL. "
        b"%(f)b:3: Syntax error. WARNING: Duplicate user 'a' found on line 4. "
        b"%(f)b:5: Unmatched parenthesis in selector definition."
        b"WARNING: ACL errors detected, no change to the previously active ACL rules was performed\r\n"
    )
    assert ask(server.connect(), b"ACL LOAD") == expected % {b"f": where}
    path.unlink()
    missing = b"-ERR Error loading ACLs, opening file '%b': No such file or directory\r\n" % where
    assert ask(server.connect(), b"ACL LOAD") == missing
    assert server.acl.lines() == before


def test_a_file_that_cannot_be_written(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "users.acl").touch()
    server = Server(aclfile=str(folder / "users.acl"), clock=ManualClock())
    (folder / "users.acl").unlink()
    folder.rmdir()
    assert ask(server.connect(), b"ACL SAVE") == (
        b"-ERR There was an error trying to save the ACLs. Please check the server logs for more information\r\n"
    )


# The log


def test_the_same_denial_is_counted_for_a_minute(server: Server) -> None:
    clock = server.clock
    assert isinstance(clock, ManualClock)
    client, admin = login(server, b"+get"), server.connect()
    began = clock.now()
    ask(client, b"GET a")
    clock.advance(60_000)
    ask(client, b"GET a")
    clock.advance(60_001)
    ask(client, b"GET a")
    clock.advance(1500)
    newest, oldest = server.acl.log.records
    assert (oldest.number, oldest.count, oldest.created, oldest.updated) == (0, 2, began, began + 60_000)
    assert (newest.number, newest.count, newest.created) == (1, 1, began + 120_001)
    reply = ask(admin, b"ACL LOG 1")
    assert b"$11\r\nage-seconds\r\n$3\r\n1.5\r\n" in reply
    assert b"user=u" in newest.client_info
    assert not newest.client_info.endswith(b"\n")


def test_only_the_latest_denials_are_searched(server: Server) -> None:
    client = login(server, b"+get")
    for number in (*range(11), 0):
        ask(client, b"GET %d" % number)
    assert len(server.acl.log.records) == 12
    ask(client, b"GET 10")
    assert server.acl.log.records[0].count == 2


def test_denials_are_counted_though_none_is_logged(server: Server) -> None:
    server.config.acllog_max_len = 0
    client = login(server, b"+get")
    ask(client, b"GET a")
    ask(client, b"AUTH u2 x")
    assert not server.acl.log.records
    info = ask(server.connect(), b"INFO stats")
    assert b"acl_access_denied_auth:1\r\nacl_access_denied_cmd:0\r\nacl_access_denied_key:1\r\n" in info


# Judging


def test_what_sort_may_read(server: Server) -> None:
    client = login(server, b"~l", b"+sort")
    assert ask(client, b"SORT l BY nosort") == b"*0\r\n"
    assert ask(client, b"SORT l BY w_*") == b"-ERR BY option of SORT denied due to insufficient ACL permissions\r\n"
    server.acl.set_user(b"u", [b"%R~*"])
    assert ask(client, b"SORT l BY w_*") == b"*0\r\n"


def test_a_bad_rule_changes_nothing(server: Server) -> None:
    server.acl.set_user(b"u", [b"on", b"+get"])
    before = server.acl.lines()
    admin = server.connect()
    assert ask(admin, b"ACL SETUSER u off +set +nosuch").startswith(b"-ERR Error in ACL SETUSER modifier '+nosuch'")
    assert ask(admin, b"ACL SETUSER v on (+get").startswith(b"-ERR Unmatched parenthesis")
    assert server.acl.lines() == before


def test_everything_allowed_is_the_table_of_the_server(server: Server) -> None:
    assert server.connect().commands is server.commands
    assert login(server, b"~*", b"&*", b"+@all").commands is server.commands
    assert login(server, b"-get").commands is not server.commands
    assert login(server, b"+get").commands is not server.commands
    assert login(server, b"+@all").commands is server.commands


def test_a_change_reaches_the_keys_that_are_remembered(server: Server) -> None:
    client = login(server, b"~a*", b"+@all")
    assert ask(client, b"SET a1 1") == b"+OK\r\n"
    assert ask(client, b"SET a1 1") == b"+OK\r\n"
    server.acl.set_user(b"u", [b"resetkeys", b"%W~a*"])
    assert ask(client, b"SET a1 1") == b"+OK\r\n"
    assert ask(client, b"SET a1 1 GET") == b"-NOPERM No permissions to access a key\r\n"
    assert ask(client, b"GET a1") == b"-NOPERM No permissions to access a key\r\n"


def test_a_look_at_many_keys() -> None:
    prefix, several = reach([b"ab*"]), reach([b"a*", b"b\xff*", b"\xff*"])
    assert prefix([b"ab", b"abc", b"ab\xff\xff", b"ab\0"])
    assert not any(prefix([b"abc", key]) for key in (b"", b"a", b"ac", b"aB", b"aa\xff", b"b", b"xab"))
    assert several([b"a", b"b\xffx", b"\xff", b"\xff\xff"])
    assert not any(several([b"a", key]) for key in (b"", b"b", b"b\xfe", b"c"))
    last = reach([b"a\xff*"])
    assert last([b"a\xff", b"a\xff\xff"])
    assert not last([b"b"])
    assert not reach([])([b"a"])
    assert not reach([b"*"])([b""])  # as the pattern has it


@pytest.mark.parametrize(
    "pattern", [b"*", b"a*b", b"?a*", b"[ab]*", b"a", b"", b"\\a*", b"a**", b"a*", b"a\\*", b"*a*"]
)
def test_a_look_at_many_keys_agrees_with_the_pattern(pattern: bytes) -> None:
    words = [bytes(letters) for size in range(4) for letters in product(b"ab*\\\xff", repeat=size)]
    within = reach([pattern])
    for _ in range(2):  # the second time some are remembered
        assert [within([word]) for word in words] == [bool(matcher(pattern)(word)) for word in words]
    assert within(words) == all(map(matcher(pattern), words))


def test_remembered_keys_are_bounded() -> None:
    within = reach([b"a?*"])
    tracemalloc.start()
    for number in range(0, 20 * REMEMBERED_KEYS, 64):
        assert within([b"a%d" % each for each in range(number, number + 64)])
    assert tracemalloc.get_traced_memory()[0] < 300 * REMEMBERED_KEYS
    tracemalloc.stop()


RULES = [
    (b"~a*",), (b"%R~a*",), (b"%R~a*", b"~ab*"), (b"~a?*", b"%W~x*"), (b"~nosuch", b"(~a* +@all)"), (b"%W~*", b"%R~a*"),
    (),
]  # fmt: skip
REQUESTS = """
    GET a1 | GET b1 | SET a1 x | SET ab1 x | SET b1 x | SET ab1 x GET | SET ab1 x EX 9 | MSET a1 x ab1 x |
    MSET a1 x b1 x | MSET a1 x b1 | MGET a1 a2 | MGET a1 b1 a2 | DEL a1 ab1 | DEL ab1 ab2 b | RENAME ab1 ab2 |
    RENAME a1 ab2 | BLPOP b1 ab1 x | SMOVE ab1 ab2 x | COPY a1 ab1 | PING | PING a1 | get a1 | Get a1 | GET |
    EXISTS a1 a2 | STRLEN x1 | SET x1 1 | TOUCH a1 x1 | SUBSTR a1 0 0 a1 | LMPOP 1 ab1 LEFT | SORT a1 STORE ab1 |
    PUBLISH a1 x | OBJECT ENCODING a1 | XREAD STREAMS a1 0 | EVAL return 1 1 a1 | NOSUCH a1 | SINTERSTORE ab1 a1
"""


@pytest.mark.parametrize("rules", RULES)
def test_short_ways_judge_as_the_long_one(rules: tuple[bytes, ...]) -> None:
    """Requests alone, and all together, are answered as they are to a client that never goes a short way."""
    alone, together, long = (login(Server(clock=ManualClock()), b"+@all", *rules) for _ in range(3))
    long.set_gate(TIMED, True)
    words = [encode(line.split()) for line in REQUESTS.encode().split(b"|")]
    for client in (alone, long):
        for _ in range(2):
            for request in words:
                client.receive(request)
    for _ in range(2):
        together.receive(b"".join(words))
    assert alone.output == long.output
    assert b"".join(together.output) == b"".join(long.output)
    assert len([each for each in long.output if each.startswith(b"-NOPERM")]) > 15


@pytest.mark.parametrize("change", [b"ACL SETUSER u resetkeys ~b*", b"ACL SETUSER u -get", b"AUTH v x", b"RESET"])
def test_a_change_amid_a_chunk_that_was_looked_at(server: Server, change: bytes) -> None:
    server.acl.set_user(b"v", [b"on", b"nopass", b"~b*", b"+@all"])
    client = login(server, b"~a*", b"+@all")
    lines = [b"GET a1", b"GET a2", change, b"GET a1", b"GET a2"]
    client.receive(b"".join([encode(line.split()) for line in lines]))
    replies = client.take_output().split(b"\r\n")
    assert replies[:2] == [b"$-1", b"$-1"]
    refused = b"$-1" if change == b"RESET" else b"-NOPERM"
    assert [reply.partition(b" ")[0] for reply in replies[3:5]] == [refused, refused]


def test_a_chunk_whose_every_request_is_followed_by_effects(server: Server) -> None:
    server.effects.subscribers.append(lambda commands: None)
    server.keyspace.databases[0].observe()
    client = login(server, b"~a*", b"+@all")
    client.receive(b"".join([encode([b"SET", b"%c1" % letter, b"x"]) for letter in b"aaaba"]))
    assert client.take_output() == b"+OK\r\n" * 3 + b"-NOPERM No permissions to access a key\r\n" + b"+OK\r\n"
    client.receive(b"".join([encode([b"SET", b"a1", b"x"])] * 5))
    assert client.take_output() == b"+OK\r\n" * 5


def test_keys_of_one_selector_are_not_those_of_another(server: Server) -> None:
    client = login(server, b"+get", b"~a", b"(+strlen ~b)")
    assert ask(client, b"GET a") == b"$-1\r\n"
    assert ask(client, b"STRLEN b") == b":0\r\n"
    assert ask(client, b"STRLEN a") == b"-NOPERM No permissions to access a key\r\n"
    assert ask(client, b"GET b") == b"-NOPERM No permissions to access a key\r\n"


# Logging in


def test_strangers_cost_as_much_as_users(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever logs in, the password is hashed once and compared in constant time."""
    made: list[bytes] = []
    compared: list[bytes] = []
    sha256, compare = hashlib.sha256, hmac.compare_digest

    def hashed(text: bytes) -> object:
        made.append(text)
        return sha256(text)

    def equal(one: bytes, other: bytes) -> bool:
        compared.append(one)
        return compare(one, other)

    server.acl.set_user(b"known", [b"on", b">x"])
    server.acl.set_user(b"off", [b">x"])
    server.acl.set_user(b"open", [b"on", b"nopass"])
    client = server.connect()
    monkeypatch.setattr(hashlib, "sha256", hashed)
    monkeypatch.setattr(hmac, "compare_digest", equal)
    for name in (b"known", b"off", b"open", b"nosuch"):
        ask(client, b"AUTH %b y" % name)
    assert made == [b"y"] * 4
    assert len(compared) == 4


def test_killed_clients_are_nobody(server: Server) -> None:
    client = login(server, b"~*", b"+@all")
    admin = server.connect()
    assert ask(admin, b"ACL DELUSER u") == b":1\r\n"
    assert client.closing
    assert client.id not in server.clients
    assert ask(admin, b"ACL WHOAMI") == b"$7\r\ndefault\r\n"
