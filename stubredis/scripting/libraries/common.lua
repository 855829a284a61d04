-- What the libraries share: errors that look as if a library in C had raised them.

local error, next, pcall, select, tonumber, type = error, next, pcall, select, tonumber, type
local byte, char, format, concat, floor = string.byte, string.char, string.format, table.concat, math.floor

local common = { LARGEST_INT = 2147483647 }

-- Refuse an argument; the message is luaL_argerror's.
function common.bad_argument(number, name, message)
    error(format("bad argument #%d to '%s' (%s)", number, name, message), 0)
end

-- Raise an error as the interpreter itself does below a function in C: without a place.
function common.raise_bare(message)
    error({ bare = message })
end

-- A function of a library: its errors name the place from which it was called.
function common.public(body)
    local function finish(ok, first, ...)
        if not ok then
            if type(first) == "table" and first.bare then
                error(first.bare, 0)
            end
            error(first, 3) -- finish, the function below, and the script that called it
        end
        return first, ...
    end
    return function(...)
        return finish(pcall(body, ...))
    end
end

-- The lower 64 bits of an integer in two's complement as so many bytes, the least significant first or last.
-- No step needs more than the 53 bits that a number has.
function common.integer_bytes(value, size, little)
    local bytes = {}
    local negative = value < 0
    local rest, carry = negative and -value or value, 1
    for place = 1, size do
        local part = place <= 8 and rest % 256 or 0
        if negative and place <= 8 then
            part = 255 - part + carry
            carry = part == 256 and 1 or 0
            part = part % 256
        end
        bytes[little and place or size - place + 1] = char(part)
        rest = floor(rest / 256)
    end
    return concat(bytes)
end

-- The integer in so many bytes of a string, from the first of them on: of long ones the lower 64 bits. Both halves
-- are exact, so that only their sum is rounded, as the conversion of an integer is in C.
function common.bytes_integer(text, first, size, little, signed)
    local kept = size < 8 and size or 8
    local function part(place) -- 1 is the least significant
        return byte(text, little and first + place - 1 or first + size - place)
    end
    local negative = signed and size > 0 and part(kept) >= 128
    local high, low = 0, 0
    for place = kept, 1, -1 do
        local bits = part(place)
        bits = negative and 255 - bits or bits
        if place > 4 then
            high = high * 256 + bits
        else
            low = low * 256 + bits
        end
    end
    if negative then
        return -(high * 4294967296 + (low + 1))
    end
    return high * 4294967296 + low
end

local function of_type(wanted, number, name, ...)
    local got = number > select("#", ...) and "no value" or type((select(number, ...)))
    common.bad_argument(number, name, wanted .. " expected, got " .. got)
end

-- The argument of this number as a number, as luaL_checknumber takes it.
function common.number(number, name, ...)
    local value = (select(number, ...))
    local result = type(value) == "number" and value or type(value) == "string" and tonumber(value)
    if not result then
        of_type("number", number, name, ...)
    end
    return result
end

-- The argument of this number as a string, as luaL_checklstring takes it.
function common.text(number, name, ...)
    local value = (select(number, ...))
    if type(value) == "number" then
        return format("%.14g", value)
    elseif type(value) ~= "string" then
        of_type("string", number, name, ...)
    end
    return value
end

-- The largest position in a table that has nothing but positions as keys, and how many there are; nil for any other.
function common.positions(value)
    local longest, count = 0, 0
    for key in next, value do
        if type(key) ~= "number" or key < 1 or floor(key) ~= key or key > common.LARGEST_INT then
            return nil
        end
        if key > longest then
            longest = key
        end
        count = count + 1
    end
    return longest, count
end

return common
