-- expect: error: not found
require "a\0b"
