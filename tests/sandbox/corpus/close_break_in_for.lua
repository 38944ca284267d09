-- expect: ok
-- the fourth value of `for` is closed
local closed = 0
for i in function(_, i) return (i or 0) + 1 end, nil, nil, setmetatable({}, { __close = function() closed = closed + 1 end }) do
  if i == 3 then break end
end
assert(closed == 1)
