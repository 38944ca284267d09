-- expect: ok
local ran = false
for _ = 1, 100 do
  local co = coroutine.wrap(function()
    local x <close> = setmetatable({}, { __close = function() ran = true end })
    coroutine.yield()
  end)
  co()
end
collectgarbage()
assert(not ran)
