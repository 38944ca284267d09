-- expect: error: (error object is a table value)
error(setmetatable({}, { __index = function() while true do end end }))
