-- The world of scripts: what Lua offers them, cut down and locked.
--
-- Called once with a table of functions of the host. Scripts see the globals through a proxy, and every table in them
-- through one of its own, which can be read but not changed. No object of the host reaches a script: functions of the
-- host are called by functions that are written here, and raise nothing.

local host = ...
local type, tostring, tonumber, select, error, next, rawget, rawset, setfenv = type, tostring, tonumber, select, error, next, rawget, rawset, setfenv
local getmetatable, setmetatable, pcall, xpcall, pairs, unpack = getmetatable, setmetatable, pcall, xpcall, pairs, unpack
local getinfo, sethook, loadstring, concat = debug.getinfo, debug.sethook, loadstring, table.concat
local sub, find = string.sub, string.find
local dump = string.dump
local co_create, co_resume, co_running = coroutine.create, coroutine.resume, coroutine.running
local insert, remove, sort, setn = table.insert, table.remove, table.sort, table.setn
local foreach, foreachi = table.foreach, table.foreachi
local as_function = python.as_function
local ARRAY, STATUS, ERROR, COUNTED, MANY = host.array, host.status, host.error, host.counted, host.many
local TABLE, FAILED, NESTED = host.table, host.failed, host.nested
local DEEPEST_FLAT = 5 -- tables within tables; deeper ones the host takes apart
local READONLY = "Attempt to modify a readonly table"

local function own(name) return as_function(host[name]) end
local translate_error = own("translate")
local without_tail_calls = own("without_tail_calls")

local function translate(e)
    if type(e) == "userdata" then return translate_error(e) end
    return e
end

-- Proxies: what is behind each of them, which lives as long as the proxy does.
local behind = setmetatable({}, {__mode = "kv"})

local function refuse() error(READONLY, 2) end

local function locked(content)
    local proxy = {}
    behind[proxy] = content
    return setmetatable(proxy, {__index = content, __newindex = refuse})
end

local function copy(t)
    local result = {}
    for k, v in next, t do result[k] = v end
    return result
end

local function keep_out(t)
    if behind[t] then error(READONLY, 0) end
end

local function need(count, name, kind)
    if count == 0 then error("bad argument #1 to '" .. name .. "' (" .. kind .. " expected)", 3) end
end

local killing = false

-- Lua's functions, as far as they differ

local globals = {}
for _, name in next, {
    "assert", "bit", "cjson", "cmsgpack", "collectgarbage", "coroutine", "error", "gcinfo", "getmetatable", "ipairs",
    "load", "loadstring", "math", "next", "os", "pairs", "pcall", "rawequal", "rawget", "rawset", "select",
    "setmetatable", "string", "struct", "table", "tonumber", "tostring", "type", "unpack", "xpcall", "_VERSION",
} do globals[name] = _G[name] end
globals.os = {clock = os.clock}

local function results(ok, ...)
    if ok then return ok, ... end
    return ok, translate((...))
end

local function plain(ok, ...)
    if ok then return ok, ... end
    local e = translate((...))
    if type(e) == "table" and (type(e.err) == "string" or type(e.err) == "number") then e = e.err end
    return ok, e
end

function globals.pcall(...)
    if select("#", ...) == 0 then return false, "attempt to call a nil value" end
    return plain(pcall(...))
end

function globals.xpcall(...)
    if select("#", ...) < 2 then error("bad argument #2 to 'xpcall' (value expected)", 2) end
    local f, handler = ...
    return results(xpcall(f, function(e)
        -- Within a hook no other hook runs: a handler that never ends could not be ended.
        if killing then return e end
        return handler(translate(e))
    end))
end

function globals.next(...)
    local t, key = ...
    if behind[t] then t = behind[t] end
    if type(t) ~= "table" then
        error("bad argument #1 to 'next' (table expected, got " .. (select("#", ...) == 0 and "no value" or type(t)) .. ")", 2)
    end
    return next(t, key)
end

function globals.pairs(...)
    local t = ...
    if behind[t] then return next, copy(behind[t]), nil end
    if type(t) ~= "table" then
        error("bad argument #1 to 'pairs' (table expected, got " .. (select("#", ...) == 0 and "no value" or type(t)) .. ")", 2)
    end
    return next, t, nil
end

function globals.rawget(t, key)
    if behind[t] then t = behind[t] end
    if type(t) ~= "table" then error("bad argument #1 to 'rawget' (table expected, got " .. type(t) .. ")", 2) end
    return rawget(t, key)
end

function globals.rawset(t, key, value)
    if behind[t] then error(READONLY, 0) end
    if type(t) ~= "table" then error("bad argument #1 to 'rawset' (table expected, got " .. type(t) .. ")", 2) end
    if key == nil then error("table index is nil", 2) end
    return rawset(t, key, value)
end

local string_metatable = locked({__index = 0})

function globals.getmetatable(...)
    need(select("#", ...), "getmetatable", "value")
    local t = ...
    if type(t) == "string" then return string_metatable end
    if type(t) == "userdata" then return nil end
    local metatable = getmetatable(t)
    if behind[t] and not behind[metatable] then return nil end
    return metatable
end

function globals.setmetatable(...)
    local t, metatable = ...
    if behind[t] then error(READONLY, 0) end
    if type(t) ~= "table" then
        error("bad argument #1 to 'setmetatable' (table expected, got " .. (select("#", ...) == 0 and "no value" or type(t)) .. ")", 2)
    end
    if metatable ~= nil and type(metatable) ~= "table" or select("#", ...) < 2 then
        error("bad argument #2 to 'setmetatable' (nil or table expected)", 2)
    end
    local present = getmetatable(t)
    if type(present) == "table" and rawget(present, "__metatable") ~= nil or present ~= nil and type(present) ~= "table" then
        error("cannot change a protected metatable", 2)
    end
    return setmetatable(t, metatable)
end

globals.table = copy(table)
function globals.table.insert(t, ...) keep_out(t) return insert(t, ...) end
function globals.table.remove(t, ...) keep_out(t) return remove(t, ...) end
function globals.table.sort(t, ...) keep_out(t) return sort(t, ...) end
function globals.table.setn(t, ...) keep_out(t) return setn(t, ...) end
function globals.table.foreach(t, ...) return foreach(behind[t] and copy(behind[t]) or t, ...) end

local next_random, seed = own("random"), own("seed")
local floor = math.floor
globals.math = copy(math)

function globals.math.random(...)
    local count = select("#", ...)
    local r = next_random()
    if count == 0 then return r end
    local low, high = ...
    if count > 2 then error("wrong number of arguments", 2) end
    if count == 1 then low, high = 1, low end
    low, high = tonumber(low), tonumber(high)
    if not low or not high then error("bad argument #" .. count .. " to 'random' (number expected)", 2) end
    if low > high then error("bad argument #" .. count .. " to 'random' (interval is empty)", 2) end
    return floor(r * (high - low + 1)) + low
end

function globals.math.randomseed(number)
    if not tonumber(number) then error("bad argument #1 to 'randomseed' (number expected)", 2) end
    seed(tonumber(number))
end

-- Chunks

local environment

local function compile(code, name, where)
    if sub(code, 1, 1) == "\27" then return nil, "attempt to load chunk with wrong mode" end
    local f, message = loadstring(code, name)
    if not f then return nil, message end
    f = loadstring(without_tail_calls(dump(f)))
    return setfenv(f, where or environment)
end

function globals.loadstring(code, name)
    if type(code) == "number" then code = tostring(code) end
    if type(code) ~= "string" then
        error("bad argument #1 to 'loadstring' (string expected, got " .. (code == nil and "no value" or type(code)) .. ")", 2)
    end
    if name ~= nil then name = tostring(name) end
    return compile(code, name or code)
end

function globals.load(f, name)
    if type(f) ~= "function" then
        error("bad argument #1 to 'load' (function expected, got " .. (f == nil and "no value" or type(f)) .. ")", 2)
    end
    local pieces = {}
    while true do
        local ok, piece = pcall(f)
        if not ok then return nil, translate(piece) end
        if piece == nil or piece == "" then break end
        if type(piece) == "number" then piece = tostring(piece) end
        if type(piece) ~= "string" then return nil, "reader function must return a string" end
        pieces[#pieces + 1] = piece
    end
    return compile(concat(pieces), name ~= nil and tostring(name) or "=(load)")
end

-- Coroutines. Hooks belong to one coroutine each: every one has it while it runs.

local PERIOD = host.period
local tick, ended, hook = own("tick"), own("ended")

function hook()
    if tick() then
        killing = true
        local running = co_running()
        if running then sethook(running, hook, "", 1) else sethook(hook, "", 1) end
        local info = getinfo(2, "Sl")
        ended(info and info.source or "", info and info.currentline or 0)
        error("Script killed by user with SCRIPT KILL...", 0)
    end
end

-- A script that is killed in a coroutine is killed in the one that resumed it, too.
local function passed_on(thread, ...)
    sethook(thread) -- Lua would keep for ever that there was one
    if killing then sethook(hook, "", 1) end
    return ...
end

local function resume(thread, ...)
    sethook(thread, hook, "", PERIOD)
    return passed_on(thread, co_resume(thread, ...))
end

globals.coroutine = copy(coroutine)

local function create(f, name)
    local ok, thread = pcall(co_create, f) -- it refuses functions of C, which nobody else can tell from others
    if not ok then error("bad argument #1 to '" .. name .. "' (Lua function expected)", 3) end
    return thread
end

function globals.coroutine.create(f)
    local thread = create(f, "create")
    return thread
end

function globals.coroutine.resume(thread, ...)
    if type(thread) ~= "thread" then error("bad argument #1 to 'resume' (coroutine expected)", 2) end
    return results(resume(thread, ...))
end

local function unwrapped(ok, ...)
    if ok then return ... end
    local e = translate((...))
    error(e, type(e) == "string" and 3 or 0)
end

function globals.coroutine.wrap(f)
    local thread = create(f, "wrap")
    return function(...) return unwrapped(resume(thread, ...)) end
end

-- The server's functions

local redis = {
    LOG_DEBUG = 0, LOG_VERBOSE = 1, LOG_NOTICE = 2, LOG_WARNING = 3,
    REPL_NONE = 0, REPL_AOF = 1, REPL_SLAVE = 2, REPL_REPLICA = 2, REPL_ALL = 3,
    REDIS_VERSION = host.version, REDIS_VERSION_NUM = host.version_number,
}

-- The host answers with a value, or with a value and what kind of table is to be made of it.

local function made(value, kind, ...)
    if kind == ARRAY then return {...} end
    if kind == STATUS then return {ok = value} end
    if kind == COUNTED then return {err = value, ignore_error_stats_update = true} end
    return {err = value}
end

local function returned(value, kind, ...)
    if not kind then return value end
    return made(value, kind, ...)
end

local function raised(value, kind, ...)
    if not kind then return value end
    if kind == ERROR or kind == COUNTED then error(made(value, kind), 0) end
    return made(value, kind, ...)
end

local execute = own("execute")

function redis.call(...) return raised(execute(...)) end

function redis.pcall(...) return returned(execute(...)) end

for _, name in next, {"log", "sha1hex", "setresp", "set_repl", "acl_check_cmd"} do
    local call = own(name)
    redis[name] = function(...) return raised(call(...)) end
end

function redis.error_reply(...)
    local text = ...
    if select("#", ...) ~= 1 or type(text) ~= "string" then
        return {err = "ERR wrong number or type of arguments"}
    end
    if sub(text, 1, 1) == "-" then text = sub(text, 2) end
    if not find(text, " ", 1, true) then text = "ERR " .. text end
    return {err = text}
end

function redis.status_reply(...)
    local text = ...
    if select("#", ...) ~= 1 or type(text) ~= "string" then
        return {err = "ERR wrong number or type of arguments"}
    end
    return {ok = text}
end

function redis.replicate_commands() return true end -- effects are propagated, as they always are
function redis.breakpoint() return false end -- there is no debugger
function redis.debug() end

-- The environment of scripts

-- Let it be an error to read what is not there: `content` stays a table, for a function would be called for all names.
local function strict(content)
    setmetatable(content, {__index = function(_, name)
        error("Script attempted to access nonexistent global variable '" .. tostring(name) .. "'", 2)
    end})
    local proxy = locked(content)
    getmetatable(proxy).__metatable = locked({__index = content})
    return proxy
end

for _, name in next, {"bit", "cjson", "cmsgpack", "coroutine", "math", "os", "string", "struct", "table"} do
    if globals[name] then globals[name] = locked(globals[name]) end
end
behind[string_metatable].__index = globals.string
globals.redis = locked(redis)
globals.server = globals.redis
environment = strict(globals)
globals._G = environment

-- What the host calls

local OWN = getinfo(1, "S").source

local function explain(e)
    e = translate(e)
    local level = 2
    local info = getinfo(level, "Sl")
    while info and (info.what == "C" or info.what == "tail" or info.source == OWN) do
        level = level + 1
        info = getinfo(level, "Sl")
    end
    if type(e) ~= "table" then
        e = {err = "ERR " .. tostring(e)}
    end
    if info and not behind[e] then
        rawset(e, "source", info.source)
        rawset(e, "line", info.currentline)
    end
    return e
end

-- The keys and other arguments of a script, which are handed over one by one, or in two tables if they are many.
local function tables(count, first, ...)
    if count < 0 then return first, ... end
    local words = {first, ...}
    return {unpack(words, 1, count)}, {unpack(words, count + 1)}
end

-- Whether a table is more than its elements.
local function is_special(value)
    return getmetatable(value) or value.err or value.ok or value.double or value.map or value.set
        or value.big_number or value.verbatim_string
end

-- Put the elements of a table behind the `count` that `flat` has: strings and numbers as they are, inner tables as
-- `false`, their length and their elements. Returns how many there are then, nil if anything else is among them.
local function flatten(value, flat, count, depth)
    local length = #value
    if depth > DEEPEST_FLAT or count + length > MANY or is_special(value) then return nil end
    for place = 1, length do
        local element = value[place]
        local kind = type(element)
        count = count + 1
        if kind == "string" or kind == "number" then
            flat[count] = element
        elseif kind == "table" then
            flat[count], flat[count + 1] = false, #element
            count = flatten(element, flat, count + 1, depth + 1)
            if not count then return nil end
        else
            return nil
        end
    end
    return count
end

-- What a script has returned, as the host takes it: a value, or the kind of table and what is in it.
local function outcome(ok, value)
    if not ok then
        -- Neither the end of memory nor an error in an error handler comes as a table.
        if type(value) ~= "table" then return FAILED, "ERR " .. tostring(value) end
        local counted = rawget(value, "ignore_error_stats_update")
        return FAILED, rawget(value, "err"), counted, rawget(value, "source"), rawget(value, "line")
    end
    if type(value) ~= "table" then return value end
    if getmetatable(value) then return TABLE, value end
    if type(value.err) == "string" then return value.ignore_error_stats_update and COUNTED or ERROR, value.err end
    if type(value.ok) == "string" then return STATUS, value.ok end
    if is_special(value) then return TABLE, value end
    local length = #value
    if length == 0 or length > MANY then return TABLE, value end
    for place = 1, length do
        local kind = type(value[place])
        if kind ~= "string" and kind ~= "number" then
            local flat = {}
            local count = kind == "table" and flatten(value, flat, 0, 1)
            if not count then return TABLE, value end
            return NESTED, unpack(flat, 1, count)
        end
    end
    return ARRAY, unpack(value, 1, length)
end

local function run(f, count, first, ...)
    killing = false
    if count == 1 then
        globals.KEYS, globals.ARGV = {first}, {...}
    else
        globals.KEYS, globals.ARGV = tables(count, first, ...)
    end
    return outcome(xpcall(f, explain))
end

local function as_program(callback)
    return function() return (callback(globals.KEYS, globals.ARGV)) end
end

-- One for all libraries: lupa never quite forgets an object that was handed over.
local register = own("register")

local function load_library(f)
    -- While it is loaded a library sees nothing but what registers its functions; these see all the rest later.
    local api = {register_function = function(...) return raised(register(...)) end}
    for name, value in next, redis do
        if type(value) ~= "function" or name == "log" then api[name] = value end
    end
    local content = {redis = strict(api)}
    content.server = content.redis
    local where = strict(content)
    setfenv(f, where)
    local ok, e = xpcall(f, explain)
    for name, value in next, globals do content[name] = value end
    content.KEYS, content.ARGV, content._G = nil, nil, where
    if not ok then return tostring(rawget(e, "err")) end
end

sethook(hook, "", PERIOD)

-- lupa looks for it at every call: to make tracebacks, which nobody needs.
_G.debug = nil

return compile, run, as_program, load_library, sethook, hook
