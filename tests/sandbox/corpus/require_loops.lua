-- expect: cpu
while true do pcall(require, "loops") end
