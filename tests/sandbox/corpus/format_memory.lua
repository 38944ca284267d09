-- expect: memory
local s = ("x"):rep(1000000)
print(#string.format(("%s"):rep(200), table.unpack((function() local t = {} for i = 1, 200 do t[i] = s end return t end)())))
