-- expect: cpu
pcall(function() while true do end end)
print "survived"
