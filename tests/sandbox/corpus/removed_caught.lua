-- expect: ok
assert(not pcall(function() return io.open end))
assert(not pcall(function() return debug.traceback end))
