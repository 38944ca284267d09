-- expect: error: unpack is not available in a runbook; use table.unpack
unpack({})
