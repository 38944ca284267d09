-- expect: error: not enough memory
-- only the words: no limit was met
error("not enough memory", 0)
