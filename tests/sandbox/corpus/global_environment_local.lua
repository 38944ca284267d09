-- expect: ok
local print, assert, setmetatable = print, assert, setmetatable
local _ENV = {}
x = 1
assert(x == 1)
