-- expect: error: xxxx
error(setmetatable({}, { __tostring = function() return ("x"):rep(10000000) end }))
