-- expect: error: os.tmpname is not available
os.tmpname()
