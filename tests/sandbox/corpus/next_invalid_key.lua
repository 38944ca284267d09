-- expect: error: invalid key
next({}, "x")
