-- expect: cpu
(("a"):rep(200)):match(("(a*)"):rep(10) .. "b")
