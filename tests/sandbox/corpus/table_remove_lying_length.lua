-- expect: cpu
table.remove(setmetatable({}, { __len = function() return 1 << 62 end }), 1)
