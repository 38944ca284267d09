-- expect: cpu
for _ in (("a"):rep(200)):gmatch(("a-"):rep(12) .. "b") do end
