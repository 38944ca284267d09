-- expect: error: os.setlocale is not available
os.setlocale("de_DE")
