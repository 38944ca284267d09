-- expect: cpu
local set = "[" .. ("b"):rep(1000000) .. "]"
(("a"):rep(1000000)):find(set)
