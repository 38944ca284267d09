-- expect: error: io.lines is not available
for _ in io.lines("/etc/passwd") do end
