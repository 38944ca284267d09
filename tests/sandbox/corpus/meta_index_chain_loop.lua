-- expect: error: '__index' chain too long
local t = {}
setmetatable(t, { __index = t })
print(t.x)
