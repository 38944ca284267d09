-- SPDX-License-Identifier: Apache-2.0
-- Errors as values, and trying again.
local core, rb = ...

function rb.try(run, ...)
  local outcome = table.pack(pcall(run, ...))
  if outcome[1] then return table.unpack(outcome, 2, outcome.n) end
  return nil, core.as_error(outcome[2])
end

-- What the same call cannot do better the next time.
local function hopeless(code)
  for _, kind in ipairs({ "permission", "argument", "limit", "secret", "confirm" }) do
    if code:sub(1, #kind + 1) == kind .. "." then return true end
  end
  return false
end

function rb.retry(options, run)
  if run == nil then options, run = {}, options end
  local attempts = options.attempts or 3
  local delay = core.duration("rb.retry", options.delay or 1)
  local longest = core.duration("rb.retry", options.max_delay or 60)
  for key in pairs(options) do
    if key ~= "attempts" and key ~= "delay" and key ~= "max_delay" and key ~= "when" then
      core.fail("argument.invalid", "rb.retry: unknown option '" .. tostring(key) .. "', expected attempts, delay, max_delay or when")
    end
  end
  for attempt = 1, attempts do
    local outcome = table.pack(pcall(run, attempt))
    if outcome[1] then return table.unpack(outcome, 2, outcome.n) end
    local err = core.as_error(outcome[2])
    local again = not hopeless(err.code)
    if options.when then again = options.when(err) end
    if attempt == attempts or not again then error(outcome[2], 0) end
    core.sleep(math.min(delay * 2 ^ (attempt - 1), longest))
  end
end
