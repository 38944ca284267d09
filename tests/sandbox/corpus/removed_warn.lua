-- expect: error: warn is not available
warn("@on")
