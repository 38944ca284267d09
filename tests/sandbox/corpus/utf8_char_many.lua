-- expect: error: too many results
utf8.char(table.unpack({}, 1, 2000000))
