-- expect: ok
assert(#string.format("%99.99f", 1e308) > 400)
