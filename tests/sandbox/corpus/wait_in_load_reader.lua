-- expect: error: cannot wait here
assert(load(function() wait() end))
