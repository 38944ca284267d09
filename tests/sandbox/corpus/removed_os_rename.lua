-- expect: error: os.rename is not available
os.rename("/etc/passwd", "/tmp/x")
