-- expect: cpu
table.concat(setmetatable({}, { __len = function() return 1 << 62 end, __index = function() return "" end }))
