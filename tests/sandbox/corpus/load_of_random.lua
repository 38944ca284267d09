-- expect: ok
local f, e = load(math.random)
assert(not f and e:find("must return a string"))
