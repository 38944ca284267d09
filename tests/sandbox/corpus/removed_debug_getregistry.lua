-- expect: error: debug.getregistry is not available
debug.getregistry()
