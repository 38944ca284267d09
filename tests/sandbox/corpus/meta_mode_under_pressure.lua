-- expect: cpu or memory
-- limit: memory=4MiB cpu=0.5s
local weak = setmetatable({}, { __mode = "v" })
local keep = {}
while true do
  local t = setmetatable({}, { __newindex = function(_, k, v) weak[k] = v keep[#keep + 1] = ("x"):rep(1000) .. #keep end })
  for i = 1, 50 do pcall(function() t[i] = {} end) end
  if #keep > 5000 then keep = {} end
end
