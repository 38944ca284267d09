-- expect: tasks
-- limit: tasks=100
while true do begin_task() end
