-- expect: error: debug.setmetatable is not available
debug.setmetatable("", {})
