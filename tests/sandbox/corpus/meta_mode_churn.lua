-- expect: cpu
-- metatables reachable only through weak tables, collected while they are used
local weak = setmetatable({}, { __mode = "kv" })
while true do
  local t = setmetatable({}, setmetatable({ __newindex = weak }, { __mode = "k" }))
  for i = 1, 50 do t["k" .. i] = {} end
end
