-- struct: numbers and strings in the layouts of C, as the library of this name in Redis packs and unpacks them.

local common, native = ...
local public, bad_argument, check_number, check_text = common.public, common.bad_argument, common.number, common.text
local bytes_integer, integer_bytes = common.bytes_integer, common.integer_bytes
local bits, pack_float, unpack_float = native.bits, native.pack_float, native.unpack_float
local error, select, type, unpack = error, select, type, unpack
local byte, char, find, format, match, rep, sub, concat =
    string.byte, string.char, string.find, string.format, string.match, string.rep, string.sub, table.concat
local floor = math.floor

local LARGEST_INT = common.LARGEST_INT
local LONGEST_INTEGER = 32 -- bytes
local ALIGNMENT = 8
local SIZES = { B = 1, b = 1, H = 2, h = 2, L = 8, l = 8, T = 8, f = 4, d = 8, x = 1 }

-- The layout that a function of this name got: byte order and alignment change on the way.
local function layout(name, text)
    return { name = name, text = text, position = 1, little = true, align = 1 }
end

local function read_number(state, default)
    local digits = match(state.text, "^%d+", state.position)
    if not digits then
        return default
    end
    state.position = state.position + #digits
    if #digits > 10 or digits + 0 > LARGEST_INT then
        error("integral size overflow", 0)
    end
    return digits + 0
end

-- The next option and its size in bytes; nil at the end.
local function next_option(state)
    local option = sub(state.text, state.position, state.position)
    if option == "" or option == "\0" then
        return nil
    end
    state.position = state.position + 1
    if option == "c" then
        return option, read_number(state, 1)
    elseif option == "i" or option == "I" then
        local size = read_number(state, 4)
        if size > LONGEST_INTEGER then
            error(format("integral size %d is larger than limit of %d", size, LONGEST_INTEGER), 0)
        end
        return option, size
    end
    return option, SIZES[option] or 0
end

-- The bytes to skip so that what comes next is aligned.
local function padding(state, position, option, size)
    if size == 0 or option == "c" then
        return 0
    end
    local align = size < state.align and size or state.align
    if align == 1 then
        return 0
    end
    return bits("band", align - bits("band", position, align - 1), align - 1)
end

local function control(state, option)
    if option == ">" then
        state.little = false
    elseif option == "<" then
        state.little = true
    elseif option == "!" then
        local align = read_number(state, ALIGNMENT)
        local power = 1
        while power < align do
            power = power * 2
        end
        if power ~= align then
            error(format("alignment %d is not a power of 2", align), 0)
        end
        state.align = align
    elseif option ~= " " then
        bad_argument(1, state.name, format("invalid format option '%s'", option))
    end
end

local function is_integer(option)
    return find("bBhHlLTiI", option, 1, true) ~= nil
end

-- A number as C converts it to 64 bits; what is too large for them becomes 0 or the least of all.
local function to_integer(number)
    if number >= 2 ^ 64 or number ~= number then
        return 0
    elseif number <= -2 ^ 63 then
        return -2 ^ 63
    end
    return number < 0 and -floor(-number) or floor(number)
end

local function pack(...)
    local state = layout("pack", check_text(1, "pack", ...))
    local parts, total, argument = {}, 0, 2
    for option, size in next_option, state do
        local skip = padding(state, total, option, size)
        local text
        if is_integer(option) then
            local number = check_number(argument, "pack", ...)
            text = integer_bytes(to_integer(number), size, state.little)
            argument = argument + 1
        elseif option == "x" then
            text = "\0"
        elseif option == "f" or option == "d" then
            text = pack_float((state.little and "<" or ">") .. option, check_number(argument, "pack", ...))
            argument = argument + 1
        elseif option == "c" or option == "s" then
            text = check_text(argument, "pack", ...)
            argument = argument + 1
            if size == 0 then
                size = #text
            end
            if #text < size then
                bad_argument(argument, "pack", "string too short")
            end
            text = sub(text, 1, size) .. (option == "s" and "\0" or "")
        else
            control(state, option)
            text = ""
        end
        parts[#parts + 1] = rep("\0", skip) .. text
        total = total + skip + #text
    end
    return concat(parts)
end

local function unpack_values(...)
    local state, data = layout("unpack", check_text(1, "unpack", ...)), check_text(2, "unpack", ...)
    local position = 1
    if (select(3, ...)) ~= nil then
        position = floor(check_number(3, "unpack", ...))
    end
    if position < 1 then
        bad_argument(3, "unpack", "offset must be 1 or greater")
    end
    position = position - 1
    local values, count = {}, 0
    local function check(size)
        if position + size > #data then
            bad_argument(2, "unpack", "data string too short")
        end
    end
    for option, size in next_option, state do
        position = position + padding(state, position, option, size)
        check(size)
        local value
        if is_integer(option) then
            value = bytes_integer(data, position + 1, size, state.little, option == option:lower())
        elseif option == "f" or option == "d" then
            local text = sub(data, position + 1, position + size)
            value = unpack_float((state.little and "<" or ">") .. option, text)
        elseif option == "c" then
            if size == 0 then
                if type(values[count]) ~= "number" then
                    error("format 'c0' needs a previous size", 0)
                end
                size, values[count] = values[count], nil
                count = count - 1
                if size < 0 then
                    size = 2 ^ 53
                end
                check(size)
            end
            value = sub(data, position + 1, position + size)
        elseif option == "s" then
            local stop = find(data, "\0", position + 1, true)
            if not stop then
                error("unfinished string in data", 0)
            end
            size = stop - position
            value = sub(data, position + 1, stop - 1)
        elseif option ~= "x" then
            control(state, option)
        end
        if value ~= nil then
            count = count + 1
            values[count] = value
        end
        position = position + size
    end
    values[count + 1] = position + 1
    return unpack(values, 1, count + 1)
end

local function size_of(...)
    local state = layout("size", check_text(1, "size", ...))
    local total = 0
    for option, size in next_option, state do
        total = total + padding(state, total, option, size)
        if option == "s" then
            bad_argument(1, "size", "option 's' has no fixed size")
        elseif option == "c" and size == 0 then
            bad_argument(1, "size", "option 'c0' has no fixed size")
        elseif not find(option, "%w") then
            control(state, option)
        end
        total = total + size
    end
    return total
end

-- In Redis a nil stands behind the arguments, which is what a missing one is reported as.
local function pack_with_nil(...)
    local count = select("#", ...)
    local arguments = { ... }
    return pack(unpack(arguments, 1, count == 0 and 0 or count + 1))
end

return { pack = public(pack_with_nil), unpack = public(unpack_values), size = public(size_of) }
