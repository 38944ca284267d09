-- expect: ok
local ran = false
local mt = {}
for _ = 1, 100 do setmetatable({}, mt) end
mt.__gc = function() ran = true while true do end end
collectgarbage()
collectgarbage()
assert(not ran)
