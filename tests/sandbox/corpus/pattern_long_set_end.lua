-- expect: cpu
(("a"):rep(100000)):find("a-[" .. ("b"):rep(100000) .. "]")
