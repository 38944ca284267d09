-- expect: ok
-- limit: memory=128MiB cpu=2s
-- 30,000 coroutines, each closed by the __close of the one before it: this crashed Lua 5.4.4
local co
for _ = 1, 30000 do
  local inner = co
  co = coroutine.create(function()
    local x <close> = setmetatable({}, { __close = function() if inner then assert(coroutine.close(inner)) end end })
    coroutine.yield()
  end)
  coroutine.resume(co)
end
local good, e = coroutine.close(co)
assert(not good and e:find("too many coroutines being closed", 1, true))
