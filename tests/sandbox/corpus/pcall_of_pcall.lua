-- expect: cpu
pcall(pcall, pcall, pcall, function() while true do end end)
print "survived"
