-- expect: memory
print(setmetatable({}, { __tostring = function() return ("x"):rep(1 << 29) end }))
