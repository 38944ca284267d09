-- expect: error: collectgarbage 'generational' is not available
collectgarbage("generational")
