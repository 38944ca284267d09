-- expect: ok
local env = {}
load("leaked = 1", "x", "t", env)()
assert(env.leaked == 1)
