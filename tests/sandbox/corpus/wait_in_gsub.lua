-- expect: error: cannot wait here
("x"):gsub("x", function() wait() end)
