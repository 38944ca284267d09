-- expect: error: no value
string.format("%s %s", 1)
