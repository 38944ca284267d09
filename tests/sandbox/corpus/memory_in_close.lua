-- expect: ok
local good = pcall(function()
  local x <close> = setmetatable({}, { __close = function() local s = ("x"):rep(1 << 29) end })
end)
assert(not good)
