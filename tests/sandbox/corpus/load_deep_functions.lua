-- expect: error: C stack overflow
assert(load(("return function() "):rep(50000)))
