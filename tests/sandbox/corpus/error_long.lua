-- expect: error: xxxx
error(("x"):rep(10000000), 0)
