-- expect: error: loadstring is not available in a runbook; use load
loadstring("x")
