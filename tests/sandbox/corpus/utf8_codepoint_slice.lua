-- expect: error: string slice too long
utf8.codepoint(("x"):rep(10000000), 1, -1)
