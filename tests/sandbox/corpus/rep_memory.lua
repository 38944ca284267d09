-- expect: memory
print(#("x"):rep(1 << 30))
