-- expect: ok
local function f(n)
  if n == 0 then error("deep", 0) end
  local x <close> = setmetatable({}, { __close = function() end })
  f(n - 1)
end
local good, e = pcall(f, 100)
assert(not good and e == "deep")
