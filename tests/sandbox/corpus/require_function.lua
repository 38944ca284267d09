-- expect: error: string expected
require({})
