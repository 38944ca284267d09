-- expect: error: debug.sethook is not available
debug.sethook()
