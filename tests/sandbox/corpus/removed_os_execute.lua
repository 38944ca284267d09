-- expect: error: os.execute is not available
os.execute("id")
