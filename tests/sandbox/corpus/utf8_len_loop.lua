-- expect: cpu
local s = ("\u{20ac}"):rep(100000)
while true do utf8.len(s) end
