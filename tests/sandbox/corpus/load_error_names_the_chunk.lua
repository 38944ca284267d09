-- expect: ok
local _, e = load("x =", "=/etc/passwd")
assert(e:find("^/etc/passwd:1: unexpected symbol"))
