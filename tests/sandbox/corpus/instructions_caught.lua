-- expect: instructions
-- limit: instructions=100000 cpu=2s
while true do pcall(function() while true do end end) end
