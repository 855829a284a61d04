-- cmsgpack: MessagePack as the library of this name in Redis reads and writes it.

local common, native = ...
local public, bad_argument, check_number, check_text = common.public, common.bad_argument, common.number, common.text
local bytes_integer, integer_bytes, raise_bare = common.bytes_integer, common.integer_bytes, common.raise_bare
local pack_float, unpack_float = native.pack_float, native.unpack_float
local error, next, select, type, unpack = error, next, select, type, unpack
local byte, char, format, sub, concat = string.byte, string.char, string.format, string.sub, table.concat
local floor, huge = math.floor, math.huge

local DEEPEST = 16 -- tables within tables; what is deeper is written as nil
local LARGEST = 2 ^ 63

-- Writing

local function big_endian(value, size)
    return integer_bytes(value, size, false)
end

local function packed_integer(value)
    if value >= 0 then
        if value <= 127 then
            return char(value)
        elseif value <= 0xFF then
            return "\204" .. char(value)
        elseif value <= 0xFFFF then
            return "\205" .. big_endian(value, 2)
        elseif value <= 0xFFFFFFFF then
            return "\206" .. big_endian(value, 4)
        end
        return "\207" .. big_endian(value, 8)
    elseif value >= -32 then
        return char(value + 256)
    elseif value >= -128 then
        return "\208" .. char(value + 256)
    elseif value >= -32768 then
        return "\209" .. big_endian(value, 2)
    elseif value >= -2147483648 then
        return "\210" .. big_endian(value, 4)
    end
    return "\211" .. big_endian(value, 8)
end

local function packed_number(value)
    if value == floor(value) and value >= -LARGEST and value < LARGEST then
        return packed_integer(value)
    end
    local single = pack_float(">f", value)
    if unpack_float(">f", single) == value then
        return "\202" .. single
    end
    return "\203" .. pack_float(">d", value)
end

-- The head of something with a length: the short form, and the codes of those with a length of 1, 2 and 4 bytes.
local function head(length, short, most, one, two, four)
    if length <= most then
        return char(short + length)
    elseif one and length <= 0xFF then
        return char(one, length)
    elseif length <= 0xFFFF then
        return char(two) .. big_endian(length, 2)
    end
    return char(four) .. big_endian(length, 4)
end

local function is_array(value)
    local longest, count = common.positions(value)
    return longest ~= nil and longest == count
end

local append

local function append_table(parts, count, value, depth)
    if is_array(value) then
        local length = #value
        parts[count + 1] = head(length, 0x90, 15, nil, 0xDC, 0xDD)
        count = count + 1
        for position = 1, length do
            count = append(parts, count, value[position], depth + 1)
        end
        return count
    end
    local length = 0
    for _ in next, value do
        length = length + 1
    end
    parts[count + 1] = head(length, 0x80, 15, nil, 0xDE, 0xDF)
    count = count + 1
    for key, member in next, value do
        count = append(parts, count, key, depth + 1)
        count = append(parts, count, member, depth + 1)
    end
    return count
end

function append(parts, count, value, depth)
    local kind = type(value)
    local text = "\192"
    if kind == "string" then
        text = head(#value, 0xA0, 31, 0xD9, 0xDA, 0xDB) .. value
    elseif kind == "number" then
        text = packed_number(value)
    elseif kind == "boolean" then
        text = value and "\195" or "\194"
    elseif kind == "table" and depth < DEEPEST then
        return append_table(parts, count, value, depth)
    end
    parts[count + 1] = text
    return count + 1
end

local function pack(...)
    local parts, count = {}, 0
    if select("#", ...) == 0 then
        bad_argument(0, "pack", "MessagePack pack needs input.")
    end
    for position = 1, select("#", ...) do
        count = append(parts, count, (select(position, ...)), 0)
    end
    return concat(parts)
end

-- Reading: every function returns a value and the place behind it.

local function missing()
    error("Missing bytes in input.", 0)
end

local function read_bytes(text, position, size)
    local after = position + size
    if after > #text + 1 then
        missing()
    end
    return sub(text, position, after - 1), after
end

-- Lengths, most often: the short ones are put together here.
local function read_unsigned(text, position, size)
    if size > 2 then
        local bytes, after = read_bytes(text, position, size)
        return bytes_integer(bytes, 1, size, false, false), after
    end
    local high, low = byte(text, position, position + size - 1)
    if size == 1 then
        return high or missing(), position + 1
    end
    return low and high * 256 + low or missing(), position + 2
end

local function read_signed(text, position, size)
    local bytes, after = read_bytes(text, position, size)
    return bytes_integer(bytes, 1, size, false, true), after
end

local function read_float(text, position, layout, size)
    local bytes, after = read_bytes(text, position, size)
    return unpack_float(layout, bytes), after
end

local read

local function read_array(text, position, length)
    local array = {}
    for place = 1, length do
        array[place], position = read(text, position)
    end
    return array, position
end

local function read_map(text, position, length)
    local map = {}
    for _ = 1, length do
        local key
        key, position = read(text, position)
        local value
        value, position = read(text, position)
        if key == nil then
            raise_bare("table index is nil")
        elseif key ~= key then
            raise_bare("table index is NaN")
        end
        map[key] = value
    end
    return map, position
end

-- By the first byte: a reader and what it is given beside the text and the place behind that byte.
local READERS = {
    [0xC0] = function(_, position) return nil, position end,
    [0xC2] = function(_, position) return false, position end,
    [0xC3] = function(_, position) return true, position end,
    [0xCA] = function(text, position) return read_float(text, position, ">f", 4) end,
    [0xCB] = function(text, position) return read_float(text, position, ">d", 8) end,
}
for power = 0, 3 do
    local size = 2 ^ power
    READERS[0xCC + power] = function(text, position) return read_unsigned(text, position, size) end
    READERS[0xD0 + power] = function(text, position) return read_signed(text, position, size) end
end
READERS[0xCF] = READERS[0xD3] -- too large an unsigned number comes out negative, as in C
for power = 0, 2 do
    READERS[0xD9 + power] = function(text, position)
        return read_bytes(text, position + 2 ^ power, (read_unsigned(text, position, 2 ^ power)))
    end
end
for power = 1, 2 do
    READERS[0xDB + power] = function(text, position)
        return read_array(text, position + 2 ^ power, (read_unsigned(text, position, 2 ^ power)))
    end
    READERS[0xDD + power] = function(text, position)
        return read_map(text, position + 2 ^ power, (read_unsigned(text, position, 2 ^ power)))
    end
end

function read(text, position)
    local first = byte(text, position)
    if not first then
        missing()
    end
    position = position + 1
    if first <= 0x7F then
        return first, position
    elseif first >= 0xE0 then
        return first - 256, position
    elseif first >= 0xA0 and first <= 0xBF then -- as `read_bytes`, for most is of this kind
        local after = position + first - 0xA0
        if after > #text + 1 then
            missing()
        end
        return sub(text, position, after - 1), after
    elseif first <= 0x8F then
        return read_map(text, position, first - 0x80)
    elseif first <= 0x9F then
        return read_array(text, position, first - 0x90)
    end
    local reader = READERS[first]
    if not reader then
        error("Bad data format in input.", 0)
    end
    return reader(text, position)
end

local function unpack_some(text, limit, offset)
    if offset < 0 or limit < 0 then
        error(format("Invalid request to unpack with offset of %d and limit of %d.", offset, #text), 0)
    elseif offset > #text then
        error(format("Start offset %d greater than input length %d.", offset, #text), 0)
    end
    local values, count, position = {}, 0, offset + 1
    while position <= #text and count < limit do
        count = count + 1
        values[count], position = read(text, position)
    end
    return values, count, position > #text and -1 or position - 1
end

-- The argument of this number as a C int, or the default where it is missing.
local function check_integer(number, default, name, ...)
    if default and (select(number, ...)) == nil then
        return default
    end
    local value = check_number(number, name, ...)
    return value < 0 and -floor(-value) or floor(value)
end

return {
    _NAME = "cmsgpack",
    _VERSION = "lua-cmsgpack 0.4.0",
    _COPYRIGHT = "Copyright (C) 2012, Salvatore Sanfilippo",
    _DESCRIPTION = "MessagePack C implementation for Lua",
    pack = public(pack),
    unpack = public(function(...)
        local values, count = unpack_some(check_text(1, "unpack", ...), huge, 0)
        return unpack(values, 1, count)
    end),
    unpack_one = public(function(...)
        local offset = check_integer(2, 0, "unpack_one", ...)
        local values, count, next_offset = unpack_some(check_text(1, "unpack_one", ...), 1, offset)
        return next_offset, unpack(values, 1, count)
    end),
    unpack_limit = public(function(...)
        local limit = check_integer(2, nil, "unpack_limit", ...)
        local offset = check_integer(3, 0, "unpack_limit", ...)
        local everything = limit == 0 and offset == 0
        local text = check_text(1, "unpack_limit", ...)
        local values, count, next_offset = unpack_some(text, everything and huge or limit, offset)
        if everything then
            return unpack(values, 1, count)
        end
        return next_offset, unpack(values, 1, count)
    end),
}
