"""What scripts find in Lua and in the table `redis`: results, and errors with their texts and lines."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from tests.differential import agreement
from tests.differential.comparison import Comparison
from tests.differential.steps import Word, arrived, on, step

SCRIPTS = [
    "return {}",
    "return {{}, {{}}}",
    "return redis.call('lrange', 'nosuch', 0, -1)",
    "return {redis.call('mget', 'str', 'nosuch')}",
    "return redis.call('config|get', 'x')",
    "return redis.set_repl()",
    "return redis.set_repl('x')",
    "return redis.set_repl(1,2)",
    "return redis.set_repl(-1)",
    "return redis.set_repl(4)",
    "return redis.set_repl(3.5)",
    "return redis.set_repl({})",
    "return redis.set_repl(redis.REPL_NONE)",
    "return {redis.REPL_ALL,redis.REPL_AOF,redis.REPL_REPLICA,redis.REPL_SLAVE,redis.REPL_NONE}",
    "return {redis.LOG_DEBUG,redis.LOG_VERBOSE,redis.LOG_NOTICE,redis.LOG_WARNING}",
    "return redis.setresp('3')",
    "return redis.setresp()",
    "return redis.setresp({})",
    "return redis.setresp(3.9)",
    "return redis.log(1)",
    "return redis.log('1','x')",
    "return redis.log('x','x')",
    "return redis.log(9,'x')",
    "return redis.log(-1,'x')",
    "return redis.log(1,{},true,'x',5)",
    "return redis.log({},'x')",
    "return redis.replicate_commands()",
    "return redis.breakpoint()",
    "return redis.debug('x')",
    "return redis.REDIS_VERSION_NUM > 1",
    "return redis.nosuch",
    "return redis.acl_check_cmd()",
    "return redis.acl_check_cmd('nosuch')",
    "return redis.acl_check_cmd('get','x')",
    "return redis.acl_check_cmd({})",
    "return redis.acl_check_cmd('get')",
    "return redis.acl_check_cmd('xadd')",
    "return redis.acl_check_cmd('config','x')",
    "return redis.acl_check_cmd('config|get')",
    "return redis.call('config','get','x')",
    "return redis.call('object','nosuch','x')",
    "return redis.call('object')",
    "return redis.call('object','freq')",
    "return redis.call('subscribe')",
    "return redis.call('multi')",
    "return redis.call('get','a','b')",
    "return redis.pcall('get')",
    "return redis.pcall({})",
    "return redis.status_reply()",
    "return redis.status_reply({})",
    "return redis.status_reply('a','b')",
    "return redis.status_reply('x y')",
    "return redis.error_reply('')",
    "return redis.error_reply('-')",
    "return redis.error_reply('a b')",
    "return redis.error_reply(1)",
    "return redis.sha1hex(1)",
    "return redis.sha1hex({})",
    "return redis.sha1hex(nil)",
    "return redis.sha1hex('a','b')",
    "return pcall(redis.setresp,9)",
    "return select(2,pcall(redis.setresp,9))",
    "local a,b=pcall(redis.call,'get') return {tostring(a),type(b),tostring(b)}",
    "local b=redis.pcall('get') return {type(b),b.err,tostring(b.ignore_error_stats_update)}",
    "return {1,'a',1.5,-2.7,'b'}",
    "return {1,2,{3,4}}",
    "return {1,{err='x'},2}",
    "return {ok='a',err='b'}",
    "return {ok=1}",
    "return {err=1}",
    "return {err={}}",
    "local t={} for i=1,300 do t[i]=i end return t",
    "return setmetatable({},{__index=function() return 5 end})",
    "return setmetatable({'a'},{})",
    "return #ARGV",
    "return {KEYS[1],#KEYS,#ARGV}",
    "return KEYS.x",
    "error()",
    "error(nil)",
    "error(5)",
    "error(true)",
    "error({})",
    "error({err=5})",
    "error({err='x',source='y',line=3})",
    "local t=setmetatable({},{__tostring=function() return 'T' end}) error(t)",
    "error('x',0)",
    "error('x',2)",
    "local function f() error('deep') end f()",
    "local function f() error('deep',2) end\n\nf()",
    "return string.rep('x',-1)",
    "return a.b",
    "return nil..1",
    "return {}+1",
    "return #5",
    "return 1<'a'",
    "local x x()",
    "return unpack({},1,1e7)",
    "return ('x'):rep(3,1)",
    "return string.format('%d','x')",
    "return string.format('%y',1)",
    "return string.char(256)",
    "return ('a'):byte(1,1e8)",
    "return tostring()",
    "return setmetatable(1,{})",
    "return getmetatable('').__index == string",
    "return string.dump(function() end)",
    "return load('return 1')",
    "return loadstring('x x')",
    "return select(2,loadstring('x x'))",
    "return loadstring('return 7')()",
    "return next({},'x')",
    "return table.concat({{}})",
    "return table.concat({1,2},',',1,3)",
    "for i=1,10,0 do end return 1",
    "return math.random(0)",
    "return math.random(5,1)",
    "return table.sort({3,'a'})",
    "return coroutine.wrap(function() error('c') end)()",
    "return string.find('x','[')",
    "return string.gsub('x','%','y')",
    "return tonumber('z',37)",
    "return tonumber('zz',36)",
    "return os.clock() >= 0",
    "return os.time",
    "return redis",
    "return _G",
    "return _VERSION",
    "return bit.band(1)",
    "return rawequal(1)",
    "return gcinfo() > 0",
    "return collectgarbage('count')>0",
    "return collectgarbage('x')",
    "return collectgarbage('stop')",
    "getmetatable(_G).__index=1",
    "setmetatable(_G,{})",
    "_G.x=1",
    "rawset(_G,'x',1)",
    "rawset(redis,'x',1)",
    "table.insert(redis,1)",
    "redis.call=nil",
    "local t={} t[nil]=1",
    "local t={} t[0/0]=1",
    " return",
    "return 1,2",
    "return nil,2",
    "goto x",
    "--",
    "",
    "#!lua\nreturn 1",
    "#!lua flags=no-writes,allow-oom\nreturn 1",
    "#!lua name=x\nreturn 1",
    "#!lua flags=\nreturn 1",
    "#!LUA\nreturn 1",
    "#! lua\nreturn 1",
    "#!lua flags=allow-stale,no-cluster,allow-cross-slot-keys\nreturn redis.call('set','a','b')",
    "#!lua\nerror('x')",
    "#!lua\nx x",
]

#: Redis names the script and itself, where Valkey does not.
WORDING = re.compile(
    rb"(?<=script: )[0-9a-f]{40}, |(lua )?redis lib |\b(redis|valkey)\b.?|\bserver\.|^\$\d+\r\n",
    re.IGNORECASE | re.MULTILINE,
)


def same_but_for_wording(ours: bytes, theirs: bytes) -> bool:
    return WORDING.sub(b"", ours).lower() == WORDING.sub(b"", theirs).lower()


#: What Valkey answers in another way, which is in docs/compatibility.md.
OTHERWISE_IN_VALKEY = {
    "return redis.call('object','nosuch','x')": "unknown subcommands have the error that clients get",
    "#!LUA\nreturn 1": "names of engines in any case",
    "#! lua\nreturn 1": "a blank in front of the engine",
}


@pytest.mark.parametrize("script", SCRIPTS)
def test_scripts(compare: Comparison, script: str) -> None:
    compare([("SET", "str", "x"), ("EVAL", script, 0), ("EVAL_RO", script, 0)], oracles=("redis-8.2",))


@pytest.mark.parametrize("script", SCRIPTS)
def test_scripts_on_valkey(compare: Comparison, script: str) -> None:
    differs = {"valkey-9.1": OTHERWISE_IN_VALKEY[script]} if script in OTHERWISE_IN_VALKEY else None
    compare([replace(step("EVAL", script, 0), agree=same_but_for_wording)], oracles=("valkey-9.1",), differs=differs)


def same_counts(ours: bytes, theirs: bytes) -> bool:
    """Compare the lines of INFO in any order, without the times of commands."""

    def counts(reply: bytes) -> list[bytes]:
        lines = re.sub(rb"usec=\d+,usec_per_call=[\d.]+,", b"", reply).splitlines()
        return sorted(line for line in lines if line.startswith((b"errorstat", b"cmdstat")) and b"hello" not in line)

    return counts(ours) == counts(theirs)


@pytest.mark.parametrize(
    "script",
    [
        "return redis.call('lpush','str','b')",
        "return redis.pcall('lpush','str','b')",
        "redis.pcall('lpush','str','b') return 1",
        "return redis.call('nosuch')",
        "return redis.call('get')",
        "return redis.call()",
        "redis.pcall() return 1",
        "pcall(redis.call) return 1",
        "return redis.error_reply('MY error')",
        "error('x')",
        "error({err='MY x'})",
        "return redis.call('subscribe','x')",
        "local e = redis.pcall('lpush','str','b') error(e)",
        "local e = redis.pcall('lpush','str','b') return {err=e.err}",
        "redis.log()",
        "return redis.call('publish','a','b')",
        "return redis.call('pfcount','a')",
        "x x",
    ],
)
def test_errors_are_counted_once(compare: Comparison, script: str) -> None:
    compare(
        [("SET", "str", "x"), ("CONFIG", "RESETSTAT"), ("EVAL", script, 0), ("EVAL_RO", script, 0),
         replace(step("INFO", "errorstats", "commandstats"), agree=same_counts)],
        oracles=("redis-7.0", "redis-8.2"),
    )  # fmt: skip


TIME_AND_ADDRESS = rb"\d+\.\d{6} \[(?=\d+ )|(?<=\d )127\.0\.0\.1:\d+(?=\])|(?<=\d )(?=\])"


@pytest.mark.parametrize(
    "request_",
    [
        ("eval", "redis.call('SET','k',1) redis.pcall('lpush','k',2) redis.pcall('nosuch') return redis.call('get',KEYS[1])",
         1, "k"),
        ("EVAL", "redis.call('select',3) redis.call('set','a',1)", 0),
        ("EVAL", "redis.pcall('subscribe','x') redis.pcall('client','id')", 0),
        ("EVAL", "x x", 0),
        ("EVALSHA", "abc", 0),
        ("Fcall", "nosuch", 0),
        ("SCRIPT", "LOAD", "return 1"),
    ],
)  # fmt: skip
def test_monitor_shows_a_script_and_then_what_it_calls(compare: Comparison, request_: tuple[Word, ...]) -> None:
    shown = replace(arrived("m"), agree=agreement.same_but_for(TIME_AND_ADDRESS))
    compare([on("m", "MONITOR"), replace(step(*request_), agree=agreement.same_shape), shown])
