-- expect: output
-- limit: cpu=2s
while true do coroutine.resume(coroutine.create(function() print(("x"):rep(1000)) end)) end
