-- expect: error: reader function must return a string
assert(load(function() return {} end))
