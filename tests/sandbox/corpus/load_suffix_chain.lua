-- expect: error: suffixes in one expression
-- wording the error for such a chain overflowed the C stack
local f = assert(load("local t = {} return t" .. (".x"):rep(100000) .. " + 1"))
f()
