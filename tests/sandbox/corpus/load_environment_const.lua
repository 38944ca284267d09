-- expect: ok
-- a constant as _ENV: crashed the compiler of Lua 5.4.0 to 5.4.3
assert(not pcall(assert(load("local _ENV <const> = 1; return x"))))
