-- expect: ok
-- limit: tasks=100
for _ = 1, 100 do begin_task() end
