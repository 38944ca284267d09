-- expect: cpu
local a, b = ("x"):rep(4000000) .. "a", ("x"):rep(4000000) .. "b"
while a < b do end
