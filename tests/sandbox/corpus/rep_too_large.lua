-- expect: error: resulting string too large
print(#("x"):rep(1 << 40))
