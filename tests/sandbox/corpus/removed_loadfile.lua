-- expect: error: loadfile is not available
loadfile("/etc/passwd")
