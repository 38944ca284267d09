-- expect: error: module 'nothing' not found
require "nothing"
