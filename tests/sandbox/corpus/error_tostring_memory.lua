-- expect: error: (error object is a table value)
error(setmetatable({}, { __tostring = function() return ("x"):rep(1 << 29) end }))
