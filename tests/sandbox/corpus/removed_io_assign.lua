-- expect: error: is not available
io.open = print
