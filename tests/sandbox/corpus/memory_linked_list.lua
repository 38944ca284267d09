-- expect: memory
-- limit: cpu=2s
local t
while true do t = { t } end
