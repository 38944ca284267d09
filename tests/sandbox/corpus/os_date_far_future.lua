-- expect: error: cannot be represented
os.date("%c", math.maxinteger)
