-- expect: error: module 'waits' is being loaded
require "waits"
