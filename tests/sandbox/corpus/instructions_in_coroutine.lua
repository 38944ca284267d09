-- expect: instructions
-- limit: instructions=100000 cpu=2s
coroutine.wrap(function() while true do end end)()
