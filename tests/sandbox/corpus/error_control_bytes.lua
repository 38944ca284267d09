-- expect: error: text
error("\27[2Jtext", 0)
