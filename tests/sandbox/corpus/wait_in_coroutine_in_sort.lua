-- expect: error: cannot wait here
table.sort({ 2, 1 }, function(a, b) coroutine.wrap(function() wait() end)() return a < b end)
