-- expect: error: attempt to yield across a C-call boundary
coroutine.wrap(function() require "yields" end)()
