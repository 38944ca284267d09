-- expect: error: os.remove is not available
os.remove("/etc/passwd")
