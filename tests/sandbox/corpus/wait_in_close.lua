-- expect: ok
local waited
do local x <close> = setmetatable({}, { __close = function() waited = wait() end }) end
assert(waited == "waited")
