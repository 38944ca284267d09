-- expect: error: undeclared global 'leaked'
leaked = 1
