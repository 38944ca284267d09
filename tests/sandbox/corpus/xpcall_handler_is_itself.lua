-- expect: ok
assert(not xpcall(error, xpcall))
