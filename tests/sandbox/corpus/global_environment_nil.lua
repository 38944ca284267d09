-- expect: error: attempt to index a nil value
_ENV = nil
x = 1
