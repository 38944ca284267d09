-- expect: error: did you mean 'tostring'
print(tostrin(1))
