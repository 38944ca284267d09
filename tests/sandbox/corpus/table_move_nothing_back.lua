-- expect: cpu
table.move({}, 2, math.maxinteger, 1)
