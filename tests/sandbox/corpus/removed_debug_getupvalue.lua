-- expect: error: debug.getupvalue is not available
debug.getupvalue(print, 1)
