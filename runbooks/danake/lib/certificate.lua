-- SPDX-License-Identifier: Apache-2.0
-- What can be told of a certificate and its key before a router is given them. The openssl program of this computer looks at the
-- files, called with arguments and without a shell; the key is not read here.
local rb = require "runbook"

local M = {}

local function openssl(here, argv, check)
  return here:query(table.move(argv, 1, #argv, 2, { "openssl" }), { check = check })
end

-- Adds what is wrong with the pair to `problems`.
function M.check(here, files, options, problems)
  local function say(what) problems[#problems + 1] = what end
  local at = openssl(here, { "x509", "-in", files.certificate, "-noout", "-pubkey" }, false)
  if at.code ~= 0 then return say(files.certificate .. ": there is no certificate in it") end
  local of = openssl(here, { "pkey", "-in", files.key, "-pubout" }, false)
  if of.code ~= 0 then
    say(files.key .. ": there is no key in it that can be read without a password")
  elseif at.stdout ~= of.stdout then
    say(("%s is not the key of %s"):format(files.key, files.certificate))
  end
  local seconds = tostring(math.floor(options.days * 86400))
  if openssl(here, { "x509", "-in", files.certificate, "-noout", "-checkend", seconds }, false).code ~= 0 then
    local ends = openssl(here, { "x509", "-in", files.certificate, "-noout", "-enddate" }).stdout:match "=([^\n]*)"
    say(("%s: it ends on %s, within %d days"):format(files.certificate, ends or "?", options.days))
  end
  if options.host and openssl(here, { "x509", "-in", files.certificate, "-noout", "-checkhost", options.host },
    false).stdout:find "NOT match" then
    say(("%s: it is not for '%s'"):format(files.certificate, options.host))
  end
end

function M.available(here) return (rb.try(openssl, here, { "version" })) ~= nil end

return M
