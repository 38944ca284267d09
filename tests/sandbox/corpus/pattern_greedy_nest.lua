-- expect: cpu
(("a"):rep(300)):match(("a*"):rep(10) .. "b")
