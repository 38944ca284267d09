-- SPDX-License-Identifier: Apache-2.0
-- String work: formatting, patterns, concatenation.
local parts = {}
for i = 1, 4000 do
  local line = string.format("host-%04d: status=%d load=%.2f", i, i % 7, i / 3)
  local name, status = line:match("^(host%-%d+): status=(%d+)")
  parts[#parts + 1] = name:upper() .. "/" .. status .. line:gsub("%d", "#")
end
local text = table.concat(parts, "\n")
local count = 0
for _ in text:gmatch("[^\n]+") do count = count + 1 end
print(count, #text)
