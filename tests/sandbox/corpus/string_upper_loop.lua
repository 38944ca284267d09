-- expect: cpu
local s = ("x"):rep(1000000)
while true do s = s:upper():lower():reverse() end
