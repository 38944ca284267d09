-- expect: error: collectgarbage 'stop' is not available
collectgarbage("stop")
