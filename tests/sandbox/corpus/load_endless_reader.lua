-- expect: error: the source is longer
assert(load(function() return "local x = 1 " end))
