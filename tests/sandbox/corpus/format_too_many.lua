-- expect: error: too many conversions
string.format(("%d"):rep(20000), table.unpack({}, 1, 20000))
