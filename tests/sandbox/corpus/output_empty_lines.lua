-- expect: output
-- limit: output=64KiB cpu=2s
while true do print() end
