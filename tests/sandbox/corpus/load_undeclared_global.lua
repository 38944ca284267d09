-- expect: error: undeclared global
load("leaked = 1")()
