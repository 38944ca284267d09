-- expect: error: (error object is a table value)
error(setmetatable({}, { __tostring = function() return (("a"):rep(200)):find(("a-"):rep(12) .. "b") end }))
