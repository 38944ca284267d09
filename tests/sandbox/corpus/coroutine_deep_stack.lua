-- expect: memory or error: stack overflow
-- limit: memory=16MiB cpu=1s
local all = {}
while true do
  local co = coroutine.wrap(function() local function f(n) if n == 0 then coroutine.yield() else f(n - 1) end return n end f(10000) end)
  co()
  all[#all + 1] = co
end
