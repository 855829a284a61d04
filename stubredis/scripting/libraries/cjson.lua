-- cjson: JSON as the library of this name in Redis reads and writes it, down to the words of its errors.

local common, native = ...
local public, bad_argument, null = common.public, common.bad_argument, native.null
local error, next, rawget, select, tonumber, tostring, type = error, next, rawget, select, tonumber, tostring, type
local byte, char, find, format, gmatch, gsub, lower, match, sub =
    string.byte, string.char, string.find, string.format, string.gmatch, string.gsub, string.lower, string.match, string.sub
local concat, floor, huge = table.concat, math.floor, math.huge

local LARGEST_INT, positions = common.LARGEST_INT, common.positions

-- Writing

local ESCAPES = { ['"'] = '\\"', ["\\"] = "\\\\", ["/"] = "\\/", ["\127"] = "\\u007f" }
for code = 0, 31 do
    ESCAPES[char(code)] = format("\\u%04x", code)
end
ESCAPES["\b"], ESCAPES["\t"], ESCAPES["\n"], ESCAPES["\f"], ESCAPES["\r"] = "\\b", "\\t", "\\n", "\\f", "\\r"

local function quoted(text)
    return '"' .. gsub(text, '[%z\1-\31"\\/\127]', ESCAPES) .. '"'
end

local function refuse(kind, reason)
    error("Cannot serialise " .. kind .. ": " .. reason, 0)
end

local function number_text(settings, number)
    if number ~= number or number == huge or number == -huge then
        if settings.encode_invalid_numbers == "null" then
            return "null"
        elseif settings.encode_invalid_numbers == "off" then
            refuse("number", "must not be NaN or Inf")
        end
        return number ~= number and "nan" or number > 0 and "inf" or "-inf"
    end
    return format(settings.number_format, number)
end

-- The length of the array that a table is, or 0 for an object.
local function array_length(settings, value)
    local longest, count = positions(value)
    if not longest then
        return 0
    end
    local ratio = settings.sparse_ratio
    if ratio > 0 and longest > count * ratio and longest > settings.sparse_safe then
        if not settings.sparse_convert then
            refuse("table", "excessively sparse array")
        end
        return 0
    end
    return longest
end

local append

local function append_table(settings, parts, count, value, depth)
    if depth > settings.encode_max_depth then
        error(format("Cannot serialise, excessive nesting (%d)", depth), 0)
    end
    local length = array_length(settings, value)
    if length > 0 then
        for position = 1, length do
            parts[count + 1] = position == 1 and "[" or ","
            count = append(settings, parts, count + 1, rawget(value, position), depth)
        end
        parts[count + 1] = "]"
        return count + 1
    end
    parts[count + 1] = "{"
    count = count + 1
    local separator = ""
    for key, member in next, value do
        local kind = type(key)
        if kind == "string" then
            parts[count + 1] = separator .. quoted(key) .. ":"
        elseif kind == "number" then
            parts[count + 1] = separator .. '"' .. number_text(settings, key) .. '":'
        else
            refuse(kind, "table key must be a number or string")
        end
        separator = ","
        count = append(settings, parts, count + 1, member, depth)
    end
    parts[count + 1] = "}"
    return count + 1
end

function append(settings, parts, count, value, depth)
    local kind = type(value)
    if kind == "table" then
        return append_table(settings, parts, count, value, depth + 1)
    end
    local text
    if kind == "string" then
        text = quoted(value)
    elseif kind == "number" then
        text = number_text(settings, value)
    elseif kind == "boolean" then
        text = tostring(value)
    elseif value == nil or value == null then
        text = "null"
    else
        refuse(kind, "type not supported")
    end
    parts[count + 1] = text
    return count + 1
end

local function encode(settings, value)
    local parts = {}
    append(settings, parts, 0, value, 0)
    return concat(parts)
end

-- Reading

local TOKENS = {
    ["{"] = "T_OBJ_BEGIN", ["}"] = "T_OBJ_END", ["["] = "T_ARR_BEGIN", ["]"] = "T_ARR_END",
    [":"] = "T_COLON", [","] = "T_COMMA", [""] = "T_END", ["\0"] = "T_END",
}
local SIMPLE_ESCAPES = {
    ['"'] = '"', ["\\"] = "\\", ["/"] = "/", b = "\b", f = "\f", n = "\n", r = "\r", t = "\t",
}

local function skip_blanks(text, position)
    return find(text, "[^ \t\r\n]", position) or #text + 1
end

local function utf8(code)
    if code < 0x80 then
        return char(code)
    elseif code < 0x800 then
        return char(0xC0 + floor(code / 0x40), 0x80 + code % 0x40)
    elseif code < 0x10000 then
        return char(0xE0 + floor(code / 0x1000), 0x80 + floor(code / 0x40) % 0x40, 0x80 + code % 0x40)
    end
    return char(
        0xF0 + floor(code / 0x40000), 0x80 + floor(code / 0x1000) % 0x40,
        0x80 + floor(code / 0x40) % 0x40, 0x80 + code % 0x40
    )
end

-- The character of an escape such as \u00e9, and the place behind it; nil if it is none.
local function unicode_escape(text, position)
    local code = tonumber(match(text, "^\\u(%x%x%x%x)", position) or "", 16)
    if not code or code >= 0xDC00 and code < 0xE000 then
        return nil
    end
    if code < 0xD800 or code >= 0xE000 then
        return utf8(code), position + 6
    end
    local second = tonumber(match(text, "^\\u(%x%x%x%x)", position + 6) or "", 16)
    if not second or second < 0xDC00 or second >= 0xE000 then
        return nil
    end
    return utf8((code - 0xD800) * 0x400 + (second - 0xDC00) + 0x10000), position + 12
end

-- Each of these returns the value and the place behind it, or nil, the place of the fault, and what was found there.

local function read_string(text, position)
    local stop = find(text, '["\\%z]', position + 1)
    if stop and byte(text, stop) == 34 then
        return sub(text, position + 1, stop - 1), stop + 1
    end
    local parts, from = {}, position + 1
    while true do
        stop = find(text, '["\\%z]', from)
        local mark = stop and sub(text, stop, stop)
        if not stop or mark == "\0" then
            return nil, stop or #text + 1, "unexpected end of string"
        end
        parts[#parts + 1] = sub(text, from, stop - 1)
        if mark == '"' then
            return concat(parts), stop + 1
        end
        local letter = sub(text, stop + 1, stop + 1)
        local plain = SIMPLE_ESCAPES[letter]
        if plain then
            from = stop + 2
        elseif letter == "u" then
            plain, from = unicode_escape(text, stop)
            if not plain then
                return nil, stop, "invalid unicode escape code"
            end
        else
            return nil, stop, "invalid escape code"
        end
        parts[#parts + 1] = plain
    end
end

local function read_hexadecimal(text, position)
    local sign, whole, point, fraction = match(text, "^([+-]?)0[xX](%x*)(%.?)(%x*)", position)
    if not sign or whole .. fraction == "" then
        return nil
    end
    local number = 0
    for digit in gmatch(whole .. fraction, ".") do
        number = number * 16 + tonumber(digit, 16)
    end
    local after = position + #sign + 2 + #whole + #point + #fraction
    local exponent = match(text, "^[pP][+-]?%d+", after) or ""
    number = number * 2 ^ ((tonumber(sub(exponent, 2)) or 0) - 4 * #fraction)
    return sign == "-" and -number or number, after + #exponent
end

-- A number as strtod of C reads it.
local function read_number(text, position)
    local hexadecimal, behind = read_hexadecimal(text, position)
    if hexadecimal then
        return hexadecimal, behind
    end
    local decimal = match(text, "^[+-]?%d+%.?%d*", position) or match(text, "^[+-]?%.%d+", position)
    if decimal then
        decimal = decimal .. (match(text, "^[eE][+-]?%d+", position + #decimal) or "")
        return tonumber(decimal), position + #decimal
    end
    local word = lower(match(text, "^[+-]?%a+", position) or "")
    local number = match(word, "^[+-]?infinity") or match(word, "^[+-]?inf")
    if number then
        return byte(number) == 45 and -huge or huge, position + #number
    end
    number = match(word, "^[+-]?nan")
    if number then
        local nan = 0 / 0
        return byte(number) == 45 and nan or -nan, position + #number
    end
    return nil, position, "invalid number"
end

-- Whether something that strtod would take is no number of JSON.
local function is_invalid_number(text, position)
    return find(text, "^%+", position) or find(text, "^%-?0[xX%d]", position)
        or find(lower(sub(text, position, position + 3)), "^%-?inf") or find(lower(sub(text, position, position + 3)), "^%-?nan")
end

-- A number or a word: what begins with a letter, a digit or a sign.
local function read_plain(settings, text, position)
    if find(text, "^[-%d]", position) then
        if not settings.decode_invalid_numbers and is_invalid_number(text, position) then
            return nil, position, "invalid number"
        end
        return read_number(text, position)
    elseif sub(text, position, position + 3) == "true" then
        return true, position + 4
    elseif sub(text, position, position + 4) == "false" then
        return false, position + 5
    elseif sub(text, position, position + 3) == "null" then
        return null, position + 4
    elseif settings.decode_invalid_numbers and find(text, "^[+iInN]", position) and is_invalid_number(text, position) then
        return read_number(text, position)
    end
    return nil, position, "invalid token"
end

local function unexpected(expected, found, position)
    error(format("Expected %s but found %s at character %d", expected, found, position), 0)
end

-- Raise the error for what stands at a place, where something else was expected.
local function expected(settings, what, text, position)
    local token = TOKENS[sub(text, position, position)]
    if token then
        unexpected(what, token, position)
    end
    local value, place, fault
    if byte(text, position) == 34 then
        value, place, fault = read_string(text, position)
    else
        value, place, fault = read_plain(settings, text, position)
    end
    if fault then
        unexpected(what, fault, place)
    end
    local kind = type(value)
    local names = { string = "T_STRING", number = "T_NUMBER", boolean = "T_BOOLEAN" }
    unexpected(what, names[kind] or "T_NULL", position)
end

local function descend(settings, depth, position)
    if depth > settings.decode_max_depth then
        error(format("Found too many nested data structures (%d) at character %d", depth, position), 0)
    end
end

local read

local function read_object(settings, text, position, depth)
    descend(settings, depth, position)
    local object = {}
    position = skip_blanks(text, position + 1)
    if byte(text, position) == 125 then
        return object, position + 1
    end
    while true do
        local key, after
        if byte(text, position) == 34 then
            key, after = read_string(text, position)
        end
        if not key then
            expected(settings, "object key string", text, position)
        end
        position = skip_blanks(text, after)
        if byte(text, position) ~= 58 then
            expected(settings, "colon", text, position)
        end
        object[key], position = read(settings, text, skip_blanks(text, position + 1), depth)
        position = skip_blanks(text, position)
        local mark = byte(text, position)
        if mark == 125 then
            return object, position + 1
        elseif mark ~= 44 then
            expected(settings, "comma or object end", text, position)
        end
        position = skip_blanks(text, position + 1)
    end
end

local function read_array(settings, text, position, depth)
    descend(settings, depth, position)
    local array, count = {}, 0
    position = skip_blanks(text, position + 1)
    if byte(text, position) == 93 then
        return array, position + 1
    end
    while true do
        count = count + 1
        array[count], position = read(settings, text, position, depth)
        position = skip_blanks(text, position)
        local mark = byte(text, position)
        if mark == 93 then
            return array, position + 1
        elseif mark ~= 44 then
            expected(settings, "comma or array end", text, position)
        end
        position = skip_blanks(text, position + 1)
    end
end

function read(settings, text, position, depth)
    local mark = byte(text, position)
    local value, after, fault
    if mark == 34 then
        value, after, fault = read_string(text, position)
    elseif mark == 123 then
        return read_object(settings, text, position, depth + 1)
    elseif mark == 91 then
        return read_array(settings, text, position, depth + 1)
    else
        value, after, fault = read_plain(settings, text, position)
    end
    if fault then
        expected(settings, "value", text, position)
    end
    return value, after
end

local function decode(settings, text)
    if #text >= 2 and (byte(text, 1) == 0 or byte(text, 2) == 0) then
        error("JSON parser does not support UTF-16 or UTF-32", 0)
    end
    local value, position = read(settings, text, skip_blanks(text, 1), 0)
    position = skip_blanks(text, position)
    if position <= #text and byte(text, position) ~= 0 then
        expected(settings, "the end", text, position)
    end
    return value
end

-- Settings

local function limit_arguments(count, most, name)
    if count > most then
        bad_argument(most + 1, name, "found too many arguments")
    end
end

local function integer_setting(settings, key, value, low, high, number, name)
    if value == nil then
        return
    end
    local integer = tonumber(value)
    if not integer then
        bad_argument(number, name, "number expected, got " .. type(value))
    end
    integer = integer < 0 and -floor(-integer) or floor(integer)
    if integer < low or integer > high then
        bad_argument(1, name, format("expected integer between %d and %d", low, high))
    end
    settings[key] = integer
end

local function switch(value, current, choices, number, name)
    if value == nil then
        return current
    elseif value == true then
        return "on"
    elseif value == false then
        return "off"
    elseif type(value) ~= "string" and type(value) ~= "number" then
        bad_argument(number, name, "string expected, got " .. type(value))
    elseif not choices[tostring(value)] then
        bad_argument(number, name, format("invalid option '%s'", tostring(value)))
    end
    return tostring(value)
end

local function shown(choice)
    if choice == "null" then
        return choice
    end
    return choice == "on"
end

local ON_OFF = { on = true, off = true }
local ON_OFF_NULL = { on = true, off = true, null = true }

local function new()
    local settings = {
        encode_max_depth = 1000, decode_max_depth = 1000, number_format = "%.14g", precision = 14,
        sparse_convert = false, sparse_ratio = 2, sparse_safe = 10,
        encode_invalid_numbers = "off", decode_invalid_numbers = true, keep_buffer = "on",
    }
    local library = { _NAME = "cjson", _VERSION = "2.1.0", null = null, new = new }

    library.encode = public(function(...)
        if select("#", ...) ~= 1 then
            bad_argument(1, "encode", "expected 1 argument")
        end
        return encode(settings, (...))
    end)

    library.decode = public(function(...)
        if select("#", ...) ~= 1 then
            bad_argument(1, "decode", "expected 1 argument")
        end
        local text = ...
        if type(text) ~= "string" then
            if type(text) ~= "number" then
                bad_argument(1, "decode", "string expected, got " .. type(text))
            end
            text = tostring(text)
        end
        return decode(settings, text)
    end)

    local function integer_option(name, key, low, high, changed)
        library[name] = public(function(...)
            limit_arguments(select("#", ...), 1, name)
            integer_setting(settings, key, (...), low, high, 1, name)
            if changed then
                changed()
            end
            return settings[key]
        end)
    end

    integer_option("encode_max_depth", "encode_max_depth", 1, LARGEST_INT)
    integer_option("decode_max_depth", "decode_max_depth", 1, LARGEST_INT)
    integer_option("encode_number_precision", "precision", 1, 14, function()
        settings.number_format = format("%%.%dg", settings.precision)
    end)

    library.encode_keep_buffer = public(function(...)
        limit_arguments(select("#", ...), 1, "encode_keep_buffer")
        settings.keep_buffer = switch((...), settings.keep_buffer, ON_OFF, 1, "encode_keep_buffer")
        return shown(settings.keep_buffer)
    end)

    library.encode_invalid_numbers = public(function(...)
        limit_arguments(select("#", ...), 1, "encode_invalid_numbers")
        local choice = switch((...), settings.encode_invalid_numbers, ON_OFF_NULL, 1, "encode_invalid_numbers")
        settings.encode_invalid_numbers = choice
        return shown(choice)
    end)

    library.decode_invalid_numbers = public(function(...)
        limit_arguments(select("#", ...), 1, "decode_invalid_numbers")
        local current = settings.decode_invalid_numbers and "on" or "off"
        settings.decode_invalid_numbers = switch((...), current, ON_OFF, 1, "decode_invalid_numbers") == "on"
        return settings.decode_invalid_numbers
    end)

    library.encode_sparse_array = public(function(...)
        limit_arguments(select("#", ...), 3, "encode_sparse_array")
        local convert, ratio, safe = ...
        local current = settings.sparse_convert and "on" or "off"
        settings.sparse_convert = switch(convert, current, ON_OFF, 1, "encode_sparse_array") == "on"
        integer_setting(settings, "sparse_ratio", ratio, 0, LARGEST_INT, 2, "encode_sparse_array")
        integer_setting(settings, "sparse_safe", safe, 0, LARGEST_INT, 3, "encode_sparse_array")
        return settings.sparse_convert, settings.sparse_ratio, settings.sparse_safe
    end)

    return library
end

return new()
