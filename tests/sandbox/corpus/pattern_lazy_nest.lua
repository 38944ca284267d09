-- expect: cpu
(("a"):rep(200)):find(("a-"):rep(12) .. "b")
