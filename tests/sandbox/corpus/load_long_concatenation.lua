-- expect: error: C stack overflow
assert(load("return " .. ("a .. "):rep(50000) .. "a"))
