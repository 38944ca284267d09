-- expect: output
-- limit: cpu=2s
while true do print(("x"):rep(1000)) end
