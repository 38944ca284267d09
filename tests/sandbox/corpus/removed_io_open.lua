-- expect: error: io.open is not available in a runbook; use machine.here()
io.open("/etc/passwd")
