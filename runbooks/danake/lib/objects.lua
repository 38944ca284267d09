-- SPDX-License-Identifier: Apache-2.0
-- The files of the configuration directory and the secrets and configs that the swarm has of them. Each is a version by its
-- content: another content is another object, so what runs keeps the one that it was started with until it is given a new one.
local rb = require "runbook"
local machine = require "machine"
local certificate = require "certificate"
local cookies = require "cookies"
local roster = require "roster"
local site = require "site"

local M = {}

-- key: its name in the stack file is STACK_key; variable: by which the stack file is told the version.
M.LIST = {
  { key = "fullchain", kind = "secret", file = "certs/fullchain.pem", variable = "DANAKE_FULLCHAIN" },
  { key = "privkey", kind = "secret", file = "certs/privkey.pem", variable = "DANAKE_PRIVKEY", private = true },
  { key = "dhparam", kind = "secret", file = "certs/dhparam.pem", variable = "DANAKE_DHPARAM" },
  { key = "auth_config", kind = "secret", file = "auth-config.py", variable = "DANAKE_AUTH_CONFIG", private = true },
  { key = "mail_config", kind = "secret", file = "mail-config.py", variable = "DANAKE_MAIL_CONFIG", private = true },
  { key = "cookie2uid", kind = "secret", file = "cookie2uid.map", variable = "DANAKE_COOKIE2UID", private = true, made = true },
  { key = "uid2info", kind = "config", file = "uid2info.tsv", variable = "DANAKE_UID2INFO" },
}

local function path_of(p, object) return p.confs .. "/" .. object.file end

function M.name(p, object) return p.stack .. "_" .. object.key end

function M.students(p)
  local path = p.confs .. "/uid2info.tsv"
  return roster.parse(machine.here():read(path), { normalize = p.normalize, name = path })
end

local function check_file(here, p, object, problems)
  local path = path_of(p, object)
  local entry = here:find(path)
  if not entry then
    if not object.made then problems[#problems + 1] = path .. ": there is no such file" end
    return
  end
  local limit = object.kind == "secret" and cookies.MAX_BYTES or roster.MAX_BYTES
  if entry.type ~= "file" then problems[#problems + 1] = ("%s: it is a %s, no file"):format(path, entry.type) end
  if entry.size == 0 then problems[#problems + 1] = path .. ": it is empty" end
  if entry.size > limit then
    problems[#problems + 1] = ("%s: it has %d bytes, a %s has at most %d"):format(path, entry.size, object.kind, limit)
  end
  if object.private and not entry.mode:find "00$" then
    problems[#problems + 1] = ("%s: others may read it (mode %s); chmod 600"):format(path, entry.mode)
  end
end

-- Looks at all of the configuration before anything is made of it; gives the students.
function M.validate(p)
  local here, problems = machine.here(), {}
  for _, object in ipairs(M.LIST) do check_file(here, p, object, problems) end
  local students, err = rb.try(M.students, p)
  if not students then problems[#problems + 1] = err.message end
  local map = p.confs .. "/cookie2uid.map"
  local _, damaged = rb.try(cookies.read, here, map)
  if damaged then problems[#problems + 1] = map .. ": " .. damaged.message end
  local pair = { certificate = p.confs .. "/certs/fullchain.pem", key = p.confs .. "/certs/privkey.pem" }
  if here:find(pair.certificate) and here:find(pair.key) then
    if certificate.available(here) then
      certificate.check(here, pair, { days = p.valid_days, host = p.certificate_host ~= "" and p.certificate_host or nil }, problems)
    else
      print "the certificate and its key were not looked at: there is no openssl on this computer"
    end
  end
  if #problems > 0 then
    rb.fail("danake.configuration", "the configuration cannot be used:\n" .. table.concat(problems, "\n"),
      { hint = err and err.hint or nil, context = { problems = table.concat(problems, "\n") } })
  end
  return students
end

-- What the swarm is to have of an object: as a secret, but for the list of students.
function M.data(p, object)
  if object.key == "uid2info" then return roster.render(M.students(p)) end
  return machine.here():read(path_of(p, object), { secret = true })
end

-- The versions of today's files: { object, name, there }, in the order of LIST. An object whose file is missing has no name.
function M.lookup(engine, p)
  local versions = {}
  for index, object in ipairs(M.LIST) do
    local version = { object = object }
    if machine.here():find(path_of(p, object)) then
      local found = engine[object.kind .. "_version_find"](engine, { name = M.name(p, object), data = M.data(p, object) })
      version.name, version.there = found.name, found[object.kind] ~= nil
    end
    versions[index] = version
  end
  return versions
end

-- Name of the stack file's variable -> name of the version, or raises danake.missing with all that the swarm does not have.
function M.variables(engine, p)
  local variables, missing = {}, {}
  for _, version in ipairs(M.lookup(engine, p)) do
    if version.there then
      variables[version.object.variable] = version.name
    else
      missing[#missing + 1] = ("%s %s (%s)"):format(version.object.kind, M.name(p, version.object), path_of(p, version.object))
    end
  end
  if #missing > 0 then
    rb.fail("danake.missing", "the swarm does not have these, as the files are today:\n  " .. table.concat(missing, "\n  "),
      { hint = "runbook config.lua creates them", context = { missing = table.concat(missing, "\n") } })
  end
  return variables
end

-- All versions that the swarm has, of whatever content: { kind, name, of }.
function M.present(engine, p)
  local found = {}
  for _, object in ipairs(M.LIST) do
    for _, one in ipairs(engine[object.kind .. "_list"](engine,
      { labels = { [site.SITE] = p.stack, ["runbook.version.of"] = M.name(p, object) } })) do
      found[#found + 1] = { kind = object.kind, name = one.name, of = object.key }
    end
  end
  return found
end

-- Makes the version of one object; gives its name.
function M.ensure(engine, p, object, data)
  local made = engine[object.kind .. "_version"](engine, { name = M.name(p, object), data = data or M.data(p, object),
    labels = { [site.SITE] = p.stack } })
  return made.name
end

return M
