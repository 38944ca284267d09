-- expect: cpu
table.move(setmetatable({}, { __index = { } }), 1, 1 << 60, 1, {})
