-- expect: cpu
local function nest(n)
  if n == 0 then while true do end end
  pcall(coroutine.wrap(function() pcall(nest, n - 1) end))
end
nest(30)
print "survived"
