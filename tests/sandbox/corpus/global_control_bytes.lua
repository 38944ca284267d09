-- expect: error: undeclared global
print(_G["\27[2J"])
