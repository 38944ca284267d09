-- expect: error: \x1b[2J
require "\27[2J"
