-- expect: error: format too long
os.date(("%c"):rep(100000))
