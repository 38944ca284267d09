-- SPDX-License-Identifier: Apache-2.0
-- Published ports: "8080:80", "127.0.0.1:8000-8002:80-82/udp", 80, or the long form -> { target, published, protocol, mode }.
local problems, forms, minor = ...

local function range(text)
  local first, last = text:match("^(%d+)%-(%d+)$")
  first = math.tointeger(tonumber(first or text:match("^%d+$")))
  last = math.tointeger(tonumber(last or first))
  if not first or first > last or last > 65535 then return nil end
  return first, last
end

-- What is wrong with it, or nil and the ports.
local function ports_of(text)
  local rest, protocol = text:match("^(.-)/(%a+)$")
  rest, protocol = rest or text, (protocol or "tcp"):lower()
  if protocol ~= "tcp" and protocol ~= "udp" and protocol ~= "sctp" then return ("there is no protocol '%s'"):format(protocol) end
  local before, target = rest:match("^(.*):([^:]*)$")
  local address, published = (before or ""):match("^(.*):([^:]*)$")
  published = published or before or ""
  local first, last = range(target or rest)
  if address and not (address == "" or address:find("^%d+%.%d+%.%d+%.%d+$") or address:find("^%[?[%x:.]*:[%x:.]*%]?$")) then
    return ("'%s' is no address"):format(address)
  end
  if not first or first == 0 then return "the port inside must be a number from 1 to 65535" end
  local made = {}
  if published == "" then
    for number = first, last do made[#made + 1] = { target = number, protocol = protocol, mode = "ingress" } end
    return nil, made, address
  end
  local from, to = range(published)
  if not from then return "the published port must be a number up to 65535" end
  if to - from ~= last - first and last ~= first then return "the ranges are of different lengths" end
  for number = from, to do
    local inside = last == first and first or first + number - from
    made[#made + 1] = { target = inside, published = number, protocol = protocol, mode = "ingress" }
  end
  return nil, made, address
end

local function check_long(at, port)
  for _, key in ipairs { "target", "published" } do
    if port[key] and (port[key] > 65535 or key == "target" and port[key] == 0) then
      problems:doubt(at:child(key), ("'%s' must be a port: a number up to 65535, got %d"):format(key, port[key]))
    end
  end
  return { port }
end

-- Gives a list: a range is several ports.
function forms.port(at, value, rule)
  if type(value) == "table" then
    if minor < rule.long_since then
      problems:add(at, ("%s: the long form came with version 3.%d"):format(forms.label(at), rule.long_since))
    end
    local port = forms.map(at, value, rule)
    return port and check_long(at, port)
  end
  if type(value) ~= "string" and math.type(value) ~= "integer" then return forms.expected(at, "a port such as '8080:80'", value) end
  local why, made, address = ports_of(tostring(value))
  if why then
    problems:add(at, ("%s: %s, got '%s'"):format(forms.label(at), why, value))
  elseif address and address ~= "" then
    problems:warn(at, ("%s: ignoring the address %s: a service listens on all addresses"):format(forms.label(at), address))
  end
  return made
end
