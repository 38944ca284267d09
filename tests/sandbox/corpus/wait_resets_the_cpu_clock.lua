-- expect: ok
-- limit: cpu=0.2s
for _ = 1, 6 do
  local n = 0
  for i = 1, 300000 do n = n + i end
  wait()
end
