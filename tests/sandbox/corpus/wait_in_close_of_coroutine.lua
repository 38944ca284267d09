-- expect: error: cannot wait here
local co = coroutine.create(function()
  local x <close> = setmetatable({}, { __close = function() wait() end })
  coroutine.yield()
end)
coroutine.resume(co)
local good, e = coroutine.close(co)
error(e, 0)
