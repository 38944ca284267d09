-- expect: cpu
-- limit: cpu=0.3s
while true do pcall(function() local t = {} while true do t[#t + 1] = ("x"):rep(100000) .. #t end end) end
