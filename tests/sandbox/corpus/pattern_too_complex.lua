-- expect: error: pattern too complex
(("x"):rep(1000)):find(("x?"):rep(1000))
