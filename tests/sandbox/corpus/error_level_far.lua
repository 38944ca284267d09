-- expect: error: x
error("x", 1 << 30)
