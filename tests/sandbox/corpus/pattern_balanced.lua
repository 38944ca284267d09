-- expect: cpu
(("("):rep(3000000)):find("%b()")
