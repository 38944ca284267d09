-- expect: error: '%p' is not available
string.format("%p", {})
