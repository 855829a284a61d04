-- bit: operations on 32 bits, as the library BitOp has them. The arithmetic itself is done by integers of Python.

local common, native = ...
local public, number, select, format = common.public, common.number, select, string.format
local operate = native.bits

local library = {}

for _, name in ipairs({ "tobit", "bnot", "bswap" }) do
    library[name] = public(function(...)
        return operate(name, number(1, name, ...), 0)
    end)
end

for _, name in ipairs({ "lshift", "rshift", "arshift", "rol", "ror" }) do
    library[name] = public(function(...)
        local value = number(1, name, ...)
        return operate(name, value, number(2, name, ...))
    end)
end

for _, name in ipairs({ "band", "bor", "bxor" }) do
    library[name] = public(function(...)
        local result = operate("tobit", number(1, name, ...), 0)
        for position = 2, select("#", ...) do
            result = operate(name, result, number(position, name, ...))
        end
        return result
    end)
end

library.tohex = public(function(...)
    local value = number(1, "tohex", ...)
    local digits = 8
    if select("#", ...) > 1 then
        digits = operate("tobit", number(2, "tohex", ...), 0)
    end
    local letters = digits < 0 and "%08X" or "%08x"
    digits = digits < 0 and -digits or digits
    if digits > 8 then
        digits = 8
    end
    return digits == 0 and "" or format(letters, operate("tobit", value, 0) % 4294967296):sub(-digits)
end)

return library
