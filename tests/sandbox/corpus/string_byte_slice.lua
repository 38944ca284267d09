-- expect: error: string slice too long
print(("x"):rep(10000000):byte(1, -1))
