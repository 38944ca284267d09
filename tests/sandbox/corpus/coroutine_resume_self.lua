-- expect: error: cannot resume non-suspended coroutine
assert(coroutine.resume(coroutine.running()))
