-- expect: cpu or error: stack overflow
-- each link adds an argument, inside the machine, out of reach of a hook
local t = {}
setmetatable(t, { __call = t })
t()
