-- expect: cpu or memory or error: C stack overflow
local t = print
for _ = 1, 100000 do t = setmetatable({}, { __call = t }) end
while true do pcall(t) end
