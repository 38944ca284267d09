-- expect: ok
local s, n = ("x"):rep(1000):gsub("", "-")
assert(n == 1001 and #s == 2001)
