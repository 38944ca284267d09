-- SPDX-License-Identifier: Apache-2.0
-- What `require "runbook"` gives. The other files of this folder add their parts.
local core, rb = ...

rb.null = core.null

function rb.is_unknown(value)
  return core.is_unknown(value)
end

-- Whether changes are held back: for what a runbook says, not for what it does.
function rb.dry_run()
  return core.dry_run()
end

function rb.fail(code, message, options)
  if type(code) ~= "string" or type(message) ~= "string" then
    core.fail("argument.invalid", 'rb.fail: expected a code and a message: rb.fail("deploy.stale", "the image is a week old")')
  end
  core.fail(code, message, options)
end

-- Parameters are numbered as they are made: that is the order of the file, which a table does not keep.
rb.param = {}
local made = 0
for _, kind in ipairs({ "string", "int", "number", "bool", "enum", "duration", "size", "path", "host", "list", "map", "json" }) do
  rb.param[kind] = function(options)
    options = options or {}
    if type(options) ~= "table" then
      core.fail("argument.invalid", "rb.param." .. kind .. ": expected a table of options, got " .. core.typename(options))
    end
    made = made + 1
    local param = { type = kind, order = made }
    for key, value in pairs(options) do
      if type(key) == "number" then
        param.choices = param.choices or {}
        param.choices[key] = value
      else
        param[key] = value
      end
    end
    return param
  end
end

local function order_of(params)
  local names = {}
  for name, param in pairs(params) do
    if type(param) == "table" and param.order then names[#names + 1] = name end
  end
  table.sort(names, function(a, b) return params[a].order < params[b].order end)
  return names
end

function rb.runbook(declaration)
  if type(declaration) ~= "table" then
    core.fail("declaration.invalid", "rb.runbook: expected a table, got " .. core.typename(declaration))
  end
  local plain = {}
  for key, value in pairs(declaration) do
    if type(value) ~= "function" then plain[key] = value end
  end
  if type(declaration.run) ~= "function" then
    core.fail("declaration.invalid", "rb.runbook: 'run' is missing, expected a function", { hint = "run = function(p) ... end" })
  end
  if type(plain.params) == "table" then
    plain.params_order = order_of(plain.params)
    local params = {}
    for name, param in pairs(plain.params) do
      if type(param) == "table" then
        local copy = {}
        for key, value in pairs(param) do
          if key ~= "order" then copy[key] = value end
        end
        param = copy
      end
      params[name] = param
    end
    plain.params = params
  end
  return core.declare(plain, declaration.run)
end
