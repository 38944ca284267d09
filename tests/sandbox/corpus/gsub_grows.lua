-- expect: memory
-- limit: cpu=1s
local s = ("x"):rep(100000):gsub("x", ("y"):rep(10000))
