-- expect: error: string.dump is not available
string.dump(function() end)
