-- expect: cpu
(("a"):rep(200)):gsub(("a-"):rep(12) .. "b", "")
