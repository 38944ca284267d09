-- expect: error: io.write is not available in a runbook; use print
io.write("x")
