-- expect: error: data string too short
string.unpack("i8", "x")
