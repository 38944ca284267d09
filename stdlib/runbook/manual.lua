-- SPDX-License-Identifier: Apache-2.0
-- What a person does, and what a person knows.
local core, rb = ...

function rb.secret(name)
  return core.secret(name)
end

-- Asks a person to do something. Where `verify` sees that it is done nobody is asked; an unattended run fails
-- instead of waiting for an answer that nobody gives.
function rb.manual(options)
  if type(options) ~= "table" or type(options[1]) ~= "string" then
    core.fail("argument.invalid",
      'rb.manual: expected a text: rb.manual { "Set the password in the console", verify = function() ... end }')
  end
  for key in pairs(options) do
    if key ~= 1 and key ~= "verify" then
      core.fail("argument.invalid", "rb.manual: unknown option '" .. tostring(key) .. "', expected verify")
    end
  end
  local verify = options.verify
  if verify and verify() then return end
  if core.dry_run() then
    core.emit({ event = "log", level = "info", message = "a person would be asked: " .. options[1] })
    return
  end
  repeat
    local answer = core.ask(options[1] .. " - done? [y/N]")
    if answer ~= "y" and answer ~= "yes" and answer ~= "Y" then
      core.fail("manual.declined", "not done: " .. options[1])
    end
  until not verify or verify()
end
