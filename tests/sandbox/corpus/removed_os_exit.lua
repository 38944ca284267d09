-- expect: error: os.exit is not available
pcall(print)
os.exit(0)
