-- expect: error: module 'waits_in_coroutine' is being loaded
require "waits_in_coroutine"
