-- expect: error: suffixes in one expression
assert(load("local t, x = {} return t" .. ("[x]"):rep(20000) .. (".x"):rep(20000) .. " + 1"))()
