-- expect: cpu
(("a"):rep(30000)):find((".-%f[b]"):rep(5))
