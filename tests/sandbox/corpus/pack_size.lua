-- expect: error: too large
string.packsize("c1000000000c1000000000c1000000000")
