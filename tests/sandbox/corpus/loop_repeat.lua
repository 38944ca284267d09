-- expect: cpu
repeat until false
