-- expect: ok
-- a __name cannot pass for a secret or a handle of the host
assert(tostring(setmetatable({}, { __name = "secret" })):find("^secret: %x+$"))
