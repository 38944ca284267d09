-- expect: ok
assert((""):rep(1 << 62) == "" and (""):rep(math.maxinteger, "") == "")
