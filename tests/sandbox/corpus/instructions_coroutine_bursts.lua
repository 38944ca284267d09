-- expect: instructions
-- limit: instructions=100000 cpu=2s
while true do coroutine.wrap(function() end)() end
