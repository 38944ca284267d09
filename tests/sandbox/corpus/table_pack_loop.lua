-- expect: cpu or memory
local t = {}
while true do t = table.pack(t, table.unpack(t, 1, 200)) end
