-- expect: error: the source is longer
assert(load((" "):rep(2000000)))
