-- expect: memory
-- limit: cpu=2s
local t = table.pack(table.unpack({}, 1, 900000))
local all = {}
for i = 1, 100 do all[i] = table.pack(table.unpack(t, 1, 900000)) end
