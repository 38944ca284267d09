-- expect: ok
-- the library belongs to this script alone
string.rep = function() return "mine" end
assert(("x"):rep(3) == "mine")
