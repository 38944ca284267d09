-- expect: error: only source text can be loaded
assert(load("return 1", "x", "b"))
