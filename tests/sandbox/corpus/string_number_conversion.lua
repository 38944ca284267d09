-- expect: ok
assert(tonumber(("9"):rep(100000)) == math.huge)
assert(not tonumber(("0x"):rep(1000)))
assert(tonumber("0x" .. ("f"):rep(50000)))
