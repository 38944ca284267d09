-- expect: output
-- limit: cpu=2s
while true do print(setmetatable({}, { __tostring = function() return ("x"):rep(1000) end })) end
