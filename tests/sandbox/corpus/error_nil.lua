-- expect: error: nil
error()
