-- expect: cpu
while true do load("return " .. ("1+"):rep(1000) .. "1")() end
