-- expect: cpu or memory
-- limit: cpu=0.3s
while true do rawset(_G, {}, 1) end
