-- expect: cpu
while true do pcall(string.find, ("a"):rep(200), ("a-"):rep(12) .. "b") end
