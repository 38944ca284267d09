-- expect: error: integral size (17) out of limits
string.pack("!17i4", 1)
