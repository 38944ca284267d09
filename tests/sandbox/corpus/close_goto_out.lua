-- expect: ok
local closed = 0
for _ = 1, 10 do
  do
    local x <close> = setmetatable({}, { __close = function() closed = closed + 1 end })
    goto continue
  end
  ::continue::
end
assert(closed == 10)
