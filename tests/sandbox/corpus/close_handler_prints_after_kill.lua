-- expect: cpu
local x <close> = setmetatable({}, { __close = function() print "survived" end })
while true do end
