-- expect: ok
print("\27[2J\r\0\x9b31m\xff")
