-- expect: ok
local t = { a = 1, b = 2 }
local turns = 0
for k in pairs(t) do
  turns = turns + 1
  t[k .. "x"] = 1
  t[{}] = 1
end
assert(turns == 2)
