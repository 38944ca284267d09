-- expect: error: collectgarbage 'setpause' is not available
collectgarbage("setpause", 1000000)
