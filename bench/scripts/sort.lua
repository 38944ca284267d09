-- SPDX-License-Identifier: Apache-2.0
-- Sorting with and without a comparison in Lua.
local seed = 42
local function random()
  seed = (seed * 1103515245 + 12345) % 2147483648
  return seed
end
local numbers, records = {}, {}
for i = 1, 6000 do
  numbers[i] = random()
  records[i] = { name = "n" .. random() % 1000, rank = random() }
end
table.sort(numbers)
table.sort(records, function(a, b)
  if a.name ~= b.name then return a.name < b.name end
  return a.rank < b.rank
end)
print(numbers[1], records[1].name)
