-- expect: error: cannot wait here
tostring(setmetatable({}, { __tostring = function() wait() return "x" end }))
