-- expect: error: cannot wait here
table.sort({ 2, 1 }, function(a, b) wait() return a < b end)
