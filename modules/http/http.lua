-- SPDX-License-Identifier: Apache-2.0
-- Redirects: each one is another operation, so that the gate sees where it leads before anything is sent there.
local _, internal = ...

local REDIRECTS = { 301, 302, 303, 307, 308 }
local CREDENTIALS = { "bearer", "user", "password", "cert_file", "key_file" }
local PRIVATE_HEADERS = { authorization = true, cookie = true, ["proxy-authorization"] = true }

local function wanted(expect)
  if expect == nil then return { "2xx" } end
  return type(expect) == "table" and expect or { expect }
end

local function is_redirect(status, expect)
  for _, one in ipairs(expect) do
    if one == status or one == "3xx" then return false end
  end
  for _, code in ipairs(REDIRECTS) do
    if code == status then return true end
  end
  return false
end

local function without_credentials(request)
  for _, key in ipairs(CREDENTIALS) do request[key] = nil end
  local headers = {}
  for name, value in pairs(request.headers or {}) do
    if not PRIVATE_HEADERS[name:lower()] then headers[name] = value end
  end
  request.headers = headers
end

local function reader(method)
  return function(url, options)
    local request = {}
    for key, value in pairs(options or {}) do request[key] = value end
    local left = request.redirects or 5
    local expect = wanted(request.expect)
    request.url, request.method, request.redirects = url, method, nil
    request.retries = request.retries or 2
    -- On a unix socket a URL names no place to go to.
    if left > 0 and not request.unix_socket then
      request.expect = { table.unpack(expect) }
      for _, code in ipairs(REDIRECTS) do request.expect[#request.expect + 1] = code end
    end

    while true do
      local response = internal.call("fetch", nil, request)
      if internal.is_unknown(response) then return response end
      local location = response.headers.location
      if not location or not is_redirect(response.status, expect) then return response end
      if left == 0 then
        internal.fail("http.redirects", ("%s %s: redirected too often, last to '%s'"):format(method, url, location))
      end
      left = left - 1
      local target = internal.pure.resolve { base = request.url, location = location }
      if not target.same_origin then without_credentials(request) end
      request.url = target.url
    end
  end
end

internal.compose("get", reader "GET")
internal.compose("head", reader "HEAD")
