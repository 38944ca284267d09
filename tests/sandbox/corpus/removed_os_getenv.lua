-- expect: error: os.getenv is not available
os.getenv("HOME")
