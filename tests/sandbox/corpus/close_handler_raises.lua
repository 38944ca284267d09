-- expect: ok
local good, e = pcall(function()
  local x <close> = setmetatable({}, { __close = function(_, e) error("second after " .. e, 0) end })
  error("first", 0)
end)
assert(not good and e == "second after first")
