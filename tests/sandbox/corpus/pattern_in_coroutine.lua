-- expect: cpu
coroutine.wrap(function() pcall(string.find, ("a"):rep(200), ("a-"):rep(12) .. "b") end)()
print "survived"
