-- expect: error: got a non-closable value
local x <close> = {}
