-- expect: ok
assert(load("local t = {} " .. ("t.x = t.y or 1; "):rep(5000) .. "return t"))()
