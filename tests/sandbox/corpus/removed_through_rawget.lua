-- expect: ok
assert(rawget(_G, "io") == nil and rawget(_G, "debug") == nil and rawget(_G, "package") == nil)
assert(rawget(os, "execute") == nil and rawget(string, "dump") == nil)
