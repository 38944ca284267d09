-- expect: cpu
local mt = { __lt = function() while true do end end }
print(setmetatable({}, mt) < setmetatable({}, mt))
