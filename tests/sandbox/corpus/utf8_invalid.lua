-- expect: error: invalid UTF-8 code
for _ in utf8.codes("\xff\xfe") do end
