-- expect: tasks
-- limit: tasks=100
while true do pcall(begin_task) end
