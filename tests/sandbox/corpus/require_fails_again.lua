-- expect: ok
for _ = 1, 3 do
  local good, e = pcall(require, "fails")
  assert(not good and e == "failed on purpose")
end
