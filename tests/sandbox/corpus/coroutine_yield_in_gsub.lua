-- expect: error: attempt to yield across a C-call boundary
coroutine.wrap(function() string.gsub("x", "x", coroutine.yield) end)()
