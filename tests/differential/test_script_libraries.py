"""cjson, cmsgpack, struct and bit in scripts: every function, its results and its errors."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.differential.comparison import Comparison
from tests.differential.generated import generated
from tests.differential.steps import Step, step

#: Runs one statement and shows all that it returns, tables in the order of their keys, or its error.
SHOW = """
local function show(value, depth)
    local kind = type(value)
    if kind == 'table' then
        if depth > 5 then return 'deep' end
        local keys, shown = {}, {}
        for key in pairs(value) do keys[#keys + 1] = key end
        table.sort(keys, function(a, b) return tostring(a) < tostring(b) end)
        for _, key in ipairs(keys) do shown[#shown + 1] = show(key, depth + 1) .. '=' .. show(value[key], depth + 1) end
        return '{' .. table.concat(shown, ',') .. '}'
    elseif kind == 'string' then return string.format('%q', value)
    elseif kind == 'number' then return string.format('%.17g', value)
    else return tostring(value) end
end
local function all(...)
    local shown = {}
    for i = 1, select('#', ...) do shown[i] = show((select(i, ...)), 0) end
    return table.concat(shown, ' ')
end
return all(pcall(function() SETUP
local a, b, c, d, e, f = EXPRESSION
return a, b, c, d, e, f end))
"""


def evaluate(expression: str, setup: str = "") -> Step:
    script = SHOW.replace("SETUP", setup).replace("EXPRESSION", expression)
    return step("EVAL", script.encode("latin-1"), 0)


CJSON = [
    ('cjson.encode({a=1,b={1,2,3}})', ''),
    ('cjson.encode({1/3, 1e100, -0, 123456789012345678, 0.1})', ''),
    ('cjson.encode()', ''),
    ('cjson.encode(1,2)', ''),
    ('cjson.encode({[true]=1})', ''),
    ('cjson.encode(0/0)', ''),
    ('cjson.encode(cjson.encode)', ''),
    ('cjson.encode({[100]=1})', ''),
    ('cjson.encode({[1]=1,[5]=1})', ''),
    ('cjson.encode({[1.5]=1})', ''),
    ('cjson.encode({[0]=1})', ''),
    ('cjson.encode(\'\\0\\1\\31\\127\\200"/\\\\\\b\\f\\n\\r\\t\')', ''),
    ("cjson.decode('')", ''),
    ("cjson.decode('[1,')", ''),
    ("cjson.decode('[1 2]')", ''),
    ("cjson.decode('[1,]')", ''),
    ('cjson.decode(\'{"a" 1}\')', ''),
    ('cjson.decode(\'{"a":1 "b"}\')', ''),
    ('cjson.decode(\'{"a":1,}\')', ''),
    ("cjson.decode('{a:1}')", ''),
    ("cjson.decode('{1:1}')", ''),
    ('cjson.decode(\'"abc\')', ''),
    ('cjson.decode(\'"\\\\x"\')', ''),
    ('cjson.decode(\'"\\\\ud800"\')', ''),
    ('cjson.decode(\'"\\\\ud83d\\\\ude00\\\\u00e9\\\\u0000\\\\u20ac"\')', ''),
    ('cjson.decode(\'"\\\\udc00"\')', ''),
    ('cjson.decode(\'"\\\\u12"\')', ''),
    ("cjson.decode('-')", ''),
    ("cjson.decode('+1')", ''),
    ("cjson.decode('1 2')", ''),
    ("cjson.decode('1true')", ''),
    ("cjson.decode('nul')", ''),
    ("cjson.decode('[true,false,null]')", ''),
    ("cjson.decode('[trueX]')", ''),
    ("cjson.decode('[1e5,1E+2,1e-2,-0,-.5,1.,0x10,-0xff,01]')", ''),
    ("cjson.decode('[inf,-inf,Infinity]')", ''),
    ("cjson.decode('[infx]')", ''),
    ("cjson.decode('.5')", ''),
    ("cjson.decode('[1e]')", ''),
    ("cjson.decode('\\0a')", ''),
    ("cjson.decode('[1]\\0garbage')", ''),
    ('cjson.decode(\'["a\\0b"]\')', ''),
    ('cjson.decode(nil)', ''),
    ('cjson.decode()', ''),
    ('cjson.decode({})', ''),
    ("cjson.decode(string.rep('[',1001))", ''),
    ('cjson.encode(q)', 'local t={} local q=t for i=1,1001 do t[1]={} t=t[1] end'),
    ('#cjson.encode(q)', 'local t={} local q=t for i=1,1000 do t.a={} t=t.a end'),
    ('c.encode({{{}}})', 'local c=cjson.new() c.encode_max_depth(2)'),
    ("c.decode('[[[1]]]')", 'local c=cjson.new() c.decode_max_depth(2)'),
    ('c.encode({[100]=1})', 'local c=cjson.new() c.encode_sparse_array(true,2,3)'),
    ('c.encode({0/0,1/0})', "local c=cjson.new() c.encode_invalid_numbers('null')"),
    ('c.encode({0/0,-(0/0),1/0,-1/0})', 'local c=cjson.new() c.encode_invalid_numbers(true)'),
    ("c.decode('[01]')", 'local c=cjson.new() c.decode_invalid_numbers(false)'),
    ("c.decode('[nan]')", 'local c=cjson.new() c.decode_invalid_numbers(false)'),
    ("c.decode('[0.1,-1e5]')", 'local c=cjson.new() c.decode_invalid_numbers(false)'),
    ("c.encode_invalid_numbers('x')", 'local c=cjson.new()'),
    ('c.encode_invalid_numbers(1)', 'local c=cjson.new()'),
    ('c.encode_invalid_numbers({})', 'local c=cjson.new()'),
    ('c.encode(1/3)', 'local c=cjson.new() c.encode_number_precision(3)'),
    ('cjson.encode_number_precision(20)', ''),
    ("cjson.encode_number_precision('x')", ''),
    ('cjson.encode_number_precision(1,2)', ''),
    ('c.encode_max_depth(1.7)', 'local c=cjson.new()'),
    ("cjson.encode_keep_buffer('x')", ''),
    ('cjson.encode_sparse_array(1,2,3,4)', ''),
    ('cjson.encode_sparse_array(true,-1)', ''),
    ('cjson.encode(setmetatable({1,2},{__index=function() return 5 end}))', ''),
    ("tostring(cjson.null), type(cjson.null), cjson.null == cjson.decode('null')", ''),
]  # fmt: skip

CMSGPACK = [
    ('cmsgpack.pack()', ''),
    ('cmsgpack.pack(nil,true,false,0,127,128,255,256,65535,65536,2^32-1,2^32,2^53,2^62,2^63,2^64)', ''),
    ('cmsgpack.pack(-1,-32,-33,-128,-129,-32768,-32769,-2^31,-2^31-1,-2^53,-2^63,-2^64)', ''),
    ('cmsgpack.pack(1.5,0.1,1/0,-1/0,1e300,-0.0,1e-320)', ''),
    ("cmsgpack.pack('',string.rep('a',31),string.rep('a',32),string.rep('a',255),string.rep('a',256))", ''),
    ("#cmsgpack.pack(string.rep('a',65536))", ''),
    ('cmsgpack.pack({},{1,2,3},{1,nil,3},{a=1},{[1]=1,[2.5]=2},{[0]=1})', ''),
    ('cmsgpack.pack(q)', 'local t={} local q=t for i=1,20 do t[1]={} t=t[1] end'),
    ('cmsgpack.pack(cmsgpack.pack)', ''),
    ("cmsgpack.unpack(cmsgpack.pack(1,'a',{x={1,2}}))", ''),
    ("cmsgpack.unpack_one(cmsgpack.pack(1,'a',{x={1,2}}))", ''),
    ('cmsgpack.unpack_one(cmsgpack.pack(1))', ''),
    ('cmsgpack.unpack_one(cmsgpack.pack(1,2), 1)', ''),
    ('cmsgpack.unpack_one(cmsgpack.pack(1,2), 2)', ''),
    ('cmsgpack.unpack_one(cmsgpack.pack(1,2), 3)', ''),
    ('cmsgpack.unpack_one(cmsgpack.pack(1,2), -1)', ''),
    ('cmsgpack.unpack_limit(cmsgpack.pack(1,2,3), 2)', ''),
    ('cmsgpack.unpack_limit(cmsgpack.pack(1,2,3), 0)', ''),
    ('cmsgpack.unpack_limit(cmsgpack.pack(1,2,3), -1)', ''),
    ('cmsgpack.unpack_limit(cmsgpack.pack(1,2,3))', ''),
    ("cmsgpack.unpack_limit(cmsgpack.pack(1,2,3), 1, 'x')", ''),
    ("cmsgpack.unpack('')", ''),
    ('cmsgpack.unpack()', ''),
    ('cmsgpack.unpack({})', ''),
    ("cmsgpack.unpack('\\193')", ''),
    ("cmsgpack.unpack('\\199\\1\\1\\1')", ''),
    ("cmsgpack.unpack('\\147\\1\\2')", ''),
    ("cmsgpack.unpack('\\163ab')", ''),
    ("cmsgpack.unpack('\\129\\192\\1')", ''),
    ("cmsgpack.unpack('\\129\\203\\127\\248\\0\\0\\0\\0\\0\\0\\1')", ''),
    ("cmsgpack.unpack('\\204\\255\\205\\1\\0\\206\\255\\255\\255\\255\\207\\255\\255\\255\\255\\255\\255\\255\\255\\208\\128\\209\\128\\0')", ''),
    ("cmsgpack.unpack('\\210\\128\\0\\0\\0\\211\\128\\0\\0\\0\\0\\0\\0\\0\\202\\63\\128\\0\\0\\203\\63\\240\\0\\0\\0\\0\\0\\0\\196\\1a\\217\\1b')", ''),
    ("cmsgpack.unpack('\\221\\0\\0\\0\\1\\5\\222\\0\\1\\1\\2\\223\\0\\0\\0\\1\\3\\4')", ''),
    ("cmsgpack.unpack('\\255\\224\\127\\192')", ''),
    ('cmsgpack.pack(cjson.null)', ''),
    ('cmsgpack.pack({cjson.null})', ''),
    ('cmsgpack.unpack_limit(cmsgpack.pack(1,2,3), 0, 1)', ''),
]  # fmt: skip

STRUCT = [
    ("struct.pack('>I2h',1,-2)", ''),
    ("struct.pack('bBhHlLTiI',-1,255,-2,65535,-3,3,4,-5,5)", ''),
    ("struct.pack('!4 b i d !8 b d', 1, 2, 3.5, 4, 5.5)", ''),
    ("struct.pack('!3b',1)", ''),
    ("struct.pack('i33',1)", ''),
    ("struct.pack('i16',-1)", ''),
    ("struct.pack('I3',-1)", ''),
    ("struct.pack('i99999999999',-1)", ''),
    ("struct.pack('z',-1)", ''),
    ("struct.pack('b')", ''),
    ("struct.pack('b','x')", ''),
    ('struct.pack()', ''),
    ("struct.pack('sc3c0x','abc','defg','hi')", ''),
    ("struct.pack('c5','abc')", ''),
    ("struct.pack('fd>fd',1.5,2.5,1.5,2.5)", ''),
    ("struct.pack('f',1e300)", ''),
    ("struct.pack('L',2^63)", ''),
    ("struct.pack('b',1.9)", ''),
    ("struct.pack('b',-1.9)", ''),
    ("struct.unpack('bBhH','\\255\\255\\254\\255\\255\\255')", ''),
    ("struct.unpack('>I2h','\\0\\1\\255\\254')", ''),
    ("struct.unpack('sc2','abc\\0de')", ''),
    ("struct.unpack('Bc0','\\3abc')", ''),
    ("struct.unpack('c0','\\3abc')", ''),
    ("struct.unpack('Bc0','\\9abc')", ''),
    ("struct.unpack('bc0','\\255abc')", ''),
    ("struct.unpack('s','abc')", ''),
    ("struct.unpack('i','abc')", ''),
    ("struct.unpack('b','abc', 2)", ''),
    ("struct.unpack('b','abc', 0)", ''),
    ("struct.unpack('b','abc', 4)", ''),
    ("struct.unpack('b','abc', 5)", ''),
    ("struct.unpack('','abc')", ''),
    ("struct.unpack('lLi16','\\255\\255\\255\\255\\255\\255\\255\\255\\255\\255\\255\\255\\255\\255\\255\\255'..string.rep('\\255',16))", ''),
    ("struct.unpack('fd>fd','\\0\\0\\192\\63\\0\\0\\0\\0\\0\\0\\4\\64\\63\\192\\0\\0\\64\\4\\0\\0\\0\\0\\0\\0')", ''),
    ("struct.unpack('!4bxi','\\1\\0\\0\\0\\2\\0\\0\\0')", ''),
    ("struct.size('!8bdi3h')", ''),
    ("struct.size('s')", ''),
    ("struct.size('c0')", ''),
    ("struct.size('z?')", ''),
    ("struct.size('c10c')", ''),
    ("struct.size('>I2!4i')", ''),
    ("struct.size('I7!4i')", ''),
    ("struct.pack('l',-2^63)", ''),
    ("struct.pack('>l',-2^60-2^10)", ''),
    ("struct.pack('bb',1)", ''),
    ("struct.pack('s')", ''),
]  # fmt: skip

BIT = [
    ('bit.tobit(4294967295)', ''),
    ('bit.tobit(2^40+1.5)', ''),
    ('bit.tobit(0.5)', ''),
    ('bit.tobit(1.5)', ''),
    ('bit.tobit()', ''),
    ('bit.band()', ''),
    ("bit.band('x')", ''),
    ("bit.band('7', 3)", ''),
    ('bit.bor(1,2,4,nil)', ''),
    ('bit.lshift(1,31), bit.rshift(-1,28), bit.arshift(-256,4), bit.rol(0x12345678,12), bit.ror(0x12345678,12)', ''),
    ('bit.lshift(1,33), bit.rshift(-1,0), bit.arshift(-256,36), bit.rol(1,0), bit.ror(1,32)', ''),
    ('bit.lshift(1)', ''),
    ('bit.tohex(1), bit.tohex(-1,4), bit.tohex(255,-2), bit.tohex(1,0), bit.tohex(1,100)', ''),
    ("bit.tohex(1,'x')", ''),
    ('bit.bnot(0), bit.bswap(0x12345678), bit.bxor(1,3,7)', ''),
]  # fmt: skip


@pytest.mark.parametrize(("expression", "setup"), [*CJSON, *CMSGPACK, *STRUCT, *BIT])
def test_a_library(compare: Comparison, expression: str, setup: str) -> None:
    compare([evaluate(expression, setup)])


def quoted(text: bytes) -> str:
    return "'" + "".join(f"\\{byte:03d}" for byte in text) + "'"


STRINGS = st.binary(max_size=5).map(quoted)
NUMBERS = st.one_of(
    st.sampled_from(["0", "1", "-1", "255", "256", "65536", "-129", "2^31", "2^32", "-2^31", "2^53", "2^63", "-2^63"]),
    st.floats(allow_nan=False, allow_infinity=False, width=32).map(repr),
    st.integers(-(10**12), 10**12).map(str),
)
SCALARS = st.one_of(STRINGS, NUMBERS, st.sampled_from(["true", "false", "nil", "cjson.null"]))


def _tables(values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    # One key at most beside those of an array: the order of more of them is Lua's own, and Valkey's is another.
    keys = st.one_of(st.sampled_from(["1", "2", "12", "1.5", "'k'"]), STRINGS)
    return st.one_of(
        st.lists(values, max_size=3).map(lambda parts: "{" + ",".join(parts) + "}"),
        st.tuples(keys, values).map(lambda pair: f"{{[{pair[0]}]={pair[1]}}}"),
    )


VALUES = st.recursive(SCALARS, _tables, max_leaves=6)
JSON = st.lists(
    st.sampled_from([
        "{", "}", "[", "]", ",", ":", '"', '"a"', '"k":', "1", "-", "1.5", "e5", "true", "false", "null", "nan", "inf", "0x1", "0",
        "+", " ", "tru", "\\u00e9", "\\ud83d\\ude00", "\\n", "\\",
    ]),
    max_size=8,
).map(lambda parts: quoted("".join(parts).encode()))  # fmt: skip
PACKED = (
    st.lists(st.one_of(st.integers(0x7E, 0xE1), st.sampled_from([0, 1, 2, 97, 255])), max_size=10)
    .map(bytes)
    .map(quoted)
)
OPTIONS = [
    "b",
    "B",
    "h",
    "H",
    "i",
    "I",
    "l",
    "L",
    "T",
    "f",
    "d",
    "x",
    "c0",
    "c2",
    "s",
    ">",
    "<",
    "!4",
    "!",
    " ",
    "i3",
    "I5",
    "z",
]
LAYOUTS = st.lists(st.sampled_from(OPTIONS), min_size=1, max_size=4).map(lambda parts: "'" + "".join(parts) + "'")
TWO = ["band", "bor", "bxor", "lshift", "rshift", "arshift", "rol", "ror", "tohex"]
ONE = ["bnot", "bswap", "tobit"]


@st.composite
def expressions(draw: st.DrawFn) -> str:
    def arguments(values: st.SearchStrategy[str], most: int = 3) -> str:
        return ",".join(draw(st.lists(values, min_size=1, max_size=most)))

    match draw(st.integers(0, 7)):
        case 0:
            return f"cjson.encode({draw(VALUES)})"
        case 1:
            return f"cjson.decode({draw(JSON)})"
        case 2:
            return f"cjson.decode(cjson.encode({draw(VALUES)}))"
        case 3:
            return f"cmsgpack.pack({arguments(VALUES)})"
        case 4:
            return f"cmsgpack.unpack({draw(PACKED)})"
        case 5:
            return f"struct.pack({draw(LAYOUTS)}, {arguments(st.one_of(NUMBERS, STRINGS))})"
        case 6:
            return f"struct.unpack({draw(LAYOUTS)}, {draw(STRINGS)} .. {draw(STRINGS)})"
    return f"bit.{draw(st.sampled_from(ONE + TWO))}({arguments(NUMBERS)})"


@generated
@given(steps=st.lists(expressions().map(evaluate), min_size=1, max_size=8))
def test_any_values(compare: Comparison, steps: list[Step]) -> None:
    compare(steps)
