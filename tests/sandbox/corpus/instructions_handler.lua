-- expect: instructions
-- limit: instructions=100000 cpu=2s
xpcall(function() while true do end end, function() while true do end end)
print "survived"
