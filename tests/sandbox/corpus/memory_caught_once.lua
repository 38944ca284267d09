-- expect: ok
-- limit: cpu=2s
assert(not pcall(function() local t = {} while true do t[#t + 1] = ("x"):rep(100000) .. #t end end))
assert(#("x"):rep(1000) == 1000)
