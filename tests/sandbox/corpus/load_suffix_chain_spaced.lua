-- expect: error: suffixes in one expression
assert(load("local t = {} return t" .. ("--[[]]\n.\nx"):rep(20000) .. " + 1"))()
