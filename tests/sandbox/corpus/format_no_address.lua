-- expect: ok
assert(not string.format("%s %s", {}, print):find("0x"))
assert(not tostring({}):find("0x"))
