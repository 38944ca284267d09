-- expect: error: '__gc' is not available
local mt = {}
rawset(mt, "__gc", true)
setmetatable({}, mt)
