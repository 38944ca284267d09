-- expect: cpu
-- limit: memory=4MiB cpu=0.3s
local t = {}
while true do pcall(function() while true do t[#t + 1] = {} end end) end
