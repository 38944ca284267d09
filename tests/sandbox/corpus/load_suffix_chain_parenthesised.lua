-- expect: error: suffixes in one expression
assert(load("local t = {} return " .. ("("):rep(100) .. "t" .. (".x"):rep(400) .. (")" .. (".x"):rep(400)):rep(100) .. " + 1"))()
