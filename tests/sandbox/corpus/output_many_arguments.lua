-- expect: output
local s = ("x"):rep(100000)
print(table.unpack((function() local t = {} for i = 1, 200 do t[i] = s end return t end)()))
