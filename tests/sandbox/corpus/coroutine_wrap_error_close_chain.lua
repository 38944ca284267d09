-- expect: ok
-- limit: memory=128MiB cpu=2s
local co
for _ = 1, 5000 do
  local inner = co
  co = coroutine.wrap(function()
    local x <close> = setmetatable({}, { __close = function() if inner then pcall(inner) end end })
    coroutine.yield()
    error "next"
  end)
  co()
end
pcall(co)
