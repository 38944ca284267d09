-- expect: ok
assert(("x"):rep(-1) == "" and ("x"):rep(math.mininteger) == "")
