"""Scripts: conversions, errors and the sandbox. Valkey words the errors of scripts in its own way."""

from __future__ import annotations

import pytest

from tests.differential.comparison import Comparison
from tests.differential.steps import error_kind

REDIS = ("redis-8.2",)

SCRIPTS = [
    "return 1", "return 3.99", "return -3.99", "return true", "return false", "return nil", "return {1,2,nil,3}",
    "return {err='foo'}", "return {ok='x'}", "return {double=3.5}", "return {map={a=1}}", "return {set={a=true}}",
    "return {big_number='123'}", "return {verbatim_string={format='txt',string='x'}}", "return function() end",
    "redis.setresp(3) return {false,true}", "redis.setresp(3) redis.call('hset','h','a','1') return redis.call('hgetall','h')",
    "redis.setresp(3) redis.call('zadd','z',1,'a') return redis.call('zscore','z','a')", "return 0/0", "return 1e300",
    "return redis.call('nosuch')", "return redis.pcall('nosuch')", "return redis.call('get')", "return redis.call('get',{})",
    "return redis.call()", "return redis.call('subscribe','x')", "foo=1", "return foo", "error('x')", "error({err='ab c'})",
    "return redis.call('lpush','str','b')", "return redis.call('blpop','l',0)", "return redis.call('echo',0.1)",
    "return redis.call('echo',2^60)", "local a,b=pcall(redis.call,'nosuch') return b", "string.x=1", "x x", "os.exit()",
    "return redis.sha1hex('')", "return redis.sha1hex()", "return redis.setresp(4)", "return redis.set_repl(9)",
    "return redis.error_reply('x')", "return redis.error_reply('-x y')", "return redis.error_reply()", "return print",
    "return {}", "return {{},{1,{}}}", "return {nil}", "return {false}", "return redis.call('lrange','none',0,-1)",
    "return {{'a','b'},'x',0,1.7}", "return {1,{2,{3,{4,{5,{6,{7}}}}}},'z'}", "return {1,{err='E x'},2}",
    "return {1,{2,nil,3},4}", "return {1,{2,false},3}", "return {{x=1,'a'},{0/0}}", "return {{},{ok='fine'}}",
    "return {redis.call('hgetall','none')}", "return #redis.call('lrange','none',0,-1)",
    "#!lua flags=no-writes\nreturn redis.call('set','a','b')", "#!lua flags=bad\nreturn 1", "#!lua", "#!foo\nreturn 1",
]  # fmt: skip


@pytest.mark.parametrize("script", SCRIPTS)
def test_scripts(compare: Comparison, script: str) -> None:
    compare([("SET", "str", "x"), ("EVAL", script, 0), ("EVAL_RO", script, 0)], oracles=REDIS)


def test_requests(compare: Comparison) -> None:
    digest = "e0e1f9fabfc9d4800c877a703b823ac0578ff8db"
    compare(
        [("EVALSHA", digest, 0), ("SCRIPT", "LOAD", "return 1"), ("EVALSHA", digest, 0), ("EVALSHA_RO", digest.upper(), 0),
         ("SCRIPT", "EXISTS", digest, "x"), ("SCRIPT", "FLUSH", "X"), ("SCRIPT", "FLUSH", "SYNC"), ("SCRIPT", "EXISTS", digest),
         ("SCRIPT", "DEBUG", "no"), ("SCRIPT", "DEBUG", "x"), ("SCRIPT", "KILL"), ("EVAL", "return 1", "a"),
         ("EVAL", "return 1", -1), ("EVAL", "return 1", 1), ("EVAL", "return {KEYS, ARGV}", 1, "a", "b", "c")],
        oracles=REDIS,
    )  # fmt: skip


def test_script_show(compare: Comparison) -> None:
    compare(
        [("SCRIPT", "LOAD", "return 1"), ("SCRIPT", "SHOW", "e0e1f9fabfc9d4800c877a703b823ac0578ff8db"),
         error_kind("SCRIPT", "SHOW", "x")],
        oracles=("valkey-9.1",),
    )  # fmt: skip
