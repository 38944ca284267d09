-- expect: error: invalid conversion specifier
os.date("%Ez")
