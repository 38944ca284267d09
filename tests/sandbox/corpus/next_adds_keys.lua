-- expect: cpu or memory or ok or error: invalid key
local t = { 1 }
for k in next, t do t[k + 1] = 1 t[k] = nil end
