-- expect: cpu
while true do local t = { { { { { {} } } } } } end
