-- expect: cpu
while true do local x <close> = setmetatable({}, { __close = function() end }) end
