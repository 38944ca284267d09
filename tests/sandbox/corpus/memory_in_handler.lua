-- expect: ok
assert(not xpcall(error, function() return ("x"):rep(1 << 29) end))
