-- SPDX-License-Identifier: Apache-2.0
-- What every *.meta.lua must say of every function (docs/adding-a-module.md).
-- usage: lua5.4 tools/check_docs.lua FILE...
-- Whether what is declared is also registered is a test: tests/modules/documentation_test.cpp.

local found = 0
local function complain(file, line, text)
  found = found + 1
  print(("%s:%d: %s"):format(file, line, text))
end

local required = { "Errors", "Permission", "Waits", "Since", "Source" }

-- Every quoted text of the sources that may be an error's code, or the part of one after the module's name.
local function known_codes()
  local codes = {}
  local command = [[grep -rhoE "[\"'.][a-z_]+([.][a-z_]+)?[\"']" host modules stdlib --include=*.cpp --include=*.h]]
    .. [[ --include=*.lua --exclude=*.meta.lua]]
  local pipe = assert(io.popen(command))
  for code in pipe:lines() do
    codes[code:sub(2, -2)] = true
    codes[code:match("%.([a-z_]+).$") or ""] = true
  end
  pipe:close()
  return codes
end

local function check_params(file, line, comment, arguments)
  for name in arguments:gmatch("[%w_]+") do
    local text = comment:match("%-%-%-@param " .. name .. "%??%s+%S+[^\n]*")
    if not text then complain(file, line, "parameter '" .. name .. "' is not described") end
  end
end

local function check_function(file, line, name, arguments, comment, codes)
  local summary = comment:match("^%-%-%-([^@\n%-][^\n]*)")
  if not summary then complain(file, line, name .. " has no summary") end
  if summary and not (comment:match("^(.-)\n%-%-%-\n") or ""):match("[.]$") then
    complain(file, line, name .. ": the summary is no sentence")
  end
  for _, field in ipairs(required) do
    if not comment:find(field .. ": ", 1, true) then complain(file, line, name .. " says nothing about " .. field) end
  end
  if not comment:find("---```lua\n", 1, true) then complain(file, line, name .. " has no example") end
  check_params(file, line, comment, arguments)
  local errors = comment:match("Errors: (.-)\n%-%-%-%u") or ""
  for code in errors:gmatch("`([a-z_]+%.[a-z_]+)`") do
    local raised = codes[code] or codes[code:match("%.(.*)")]
    if not raised then complain(file, line, name .. ": nothing raises '" .. code .. "'") end
  end
end

local function check_file(file, codes)
  local input = assert(io.open(file))
  local number, comment = 0, ""
  for line in input:lines() do
    number = number + 1
    if line:match("^%-%-%-") then
      comment = comment .. line .. "\n"
    else
      local name, arguments = line:match("^function ([%w_.:]+)%((.-)%) end")
      if name then check_function(file, number, name, arguments:gsub("%.%.%.", ""), comment, codes) end
      comment = ""
    end
  end
  input:close()
end

local codes = known_codes()
for _, file in ipairs(arg) do check_file(file, codes) end
os.exit(found == 0)
