-- expect: error: undeclared global 'undefined_thing'
print(undefined_thing)
