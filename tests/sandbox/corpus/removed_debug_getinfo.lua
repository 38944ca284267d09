-- expect: error: debug.getinfo is not available
debug.getinfo(1)
