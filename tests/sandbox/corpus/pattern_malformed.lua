-- expect: ok
for _, p in ipairs { "%", "[", "[a", "[]", "[^]", "%b", "%bx", "%f", "(", "%1", "(%1)", "[%", "[%a", "[a-" } do
  assert(not pcall(string.find, "abc", p), p)
end
