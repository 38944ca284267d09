-- SPDX-License-Identifier: Apache-2.0
-- Waiting for a state that is observed, not assumed.
local core, rb = ...

-- What time does not mend.
local HOPELESS = { ["argument.invalid"] = true, ["permission.denied"] = true, ["test.unexpected"] = true }

-- Calls `observe` until it gives something true, and returns that. What it raises counts as "not yet". When the time
-- is over the error carries the last one that was raised, and what `evidence` gives: the last log lines, say.
function rb.wait_until(what, options, observe)
  if observe == nil then options, observe = {}, options end
  if type(what) ~= "string" or type(options) ~= "table" or type(observe) ~= "function" then
    core.fail("argument.invalid", "rb.wait_until: expected a text, options and a function")
  end
  for key in pairs(options) do
    if key ~= "timeout" and key ~= "every" and key ~= "evidence" then
      core.fail("argument.invalid", "rb.wait_until: unknown option '" .. tostring(key) .. "', expected timeout, every or evidence")
    end
  end
  local limit = core.duration("rb.wait_until", options.timeout or 60)
  local every = core.duration("rb.wait_until", options.every or 0.5)
  local deadline = core.monotonic() + limit
  local last
  while true do
    local ok, seen = pcall(observe)
    if ok and core.is_unknown(seen) then return seen end
    if ok and seen then return seen end
    last = not ok and core.as_error(seen) or nil
    if last and HOPELESS[last.code] then error(seen, 0) end
    if core.dry_run() then
      core.emit({ event = "log", level = "info", message = "would wait until " .. what })
      return core.unknown("that " .. what)
    end
    if core.monotonic() + every > deadline then break end
    core.sleep(every)
  end
  local context = {}
  if options.evidence then
    local ok, evidence = pcall(options.evidence)
    if ok and evidence then context.log = tostring(evidence) end
  end
  core.fail("wait.timeout", "waited " .. core.show_duration(limit) .. " in vain until " .. what .. (last and ": " .. last.message or ""),
    { retryable = true, context = context, cause = last })
end
