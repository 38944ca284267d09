-- expect: cpu
(("a"):rep(3000)):find((".-%f[b]"):rep(5))
