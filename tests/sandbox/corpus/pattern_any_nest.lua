-- expect: cpu
(("x"):rep(300)):find((".-"):rep(10) .. "y")
