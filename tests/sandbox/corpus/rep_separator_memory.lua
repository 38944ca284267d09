-- expect: memory
print(#("x"):rep(1000000, ("y"):rep(1000)))
