#!/usr/bin/env runbook
-- SPDX-License-Identifier: Apache-2.0
local rb = require "runbook"
local docker = require "docker"
local machine = require "machine"

-- What is built must be what the release says: nothing that was changed and not committed.
local function refuse_dirty(here, p)
  if p.allow_dirty then return end
  local status = here:query({ "git", "-C", p.modules_dir, "status", "--porcelain", "--", "." }, { check = false })
  if status.code ~= 0 then
    rb.fail("danake.no_repository", p.modules_dir .. " is in no git repository", { hint = "--allow-dirty builds it all the same" })
  end
  if status.stdout ~= "" then
    rb.fail("danake.dirty", ("in %s there are changes that are not committed:\n%s"):format(p.modules_dir, status.stdout),
      { hint = "commit them, or say --allow-dirty" })
  end
end

-- The operators' key for the editors: made once, and kept.
local function editor_key(here, p)
  return rb.step("have a key for the editors", { idempotent = true, doc = "README.md#images" }, function()
    if not here:find(p.editor_key .. ".pub") then
      here:run { "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "danake", "-f", p.editor_key }
    end
    return rb.dry_run() and not here:find(p.editor_key .. ".pub") and "" or here:read(p.editor_key .. ".pub")
  end)
end

-- Engines do not take an image away from a registry: whoever undoes the run is told what stays.
local function tell_what_stays(pushed)
  if pushed.new then
    print(("%s stays on the registry, as %s: only the registry's own tools remove it"):format(pushed.tag, pushed.digest))
  end
end

return rb.runbook {
  summary = "Build the images, push them to the registry, and say which digests they have there; undoing leaves them there",
  doc = "README.md#images",
  params = {
    engine = rb.param.string { default = "unix:///var/run/docker.sock", help = "engine that builds" },
    release = rb.param.string { pattern = "^[%w][%w._-]*$", help = "release, the tag of the images" },
    registry = rb.param.string { default = "127.0.0.1:5000", pattern = "^[%w][%w./:-]*$", help = "registry of the images" },
    modules_dir = rb.param.path { default = "stand-ins", help = "directory with a directory for each image" },
    modules = rb.param.list { of = "string", default = { "auth", "mail", "router", "editor" }, help = "which ones, in their order" },
    editor_key = rb.param.path { default = "editor_key", help = "the operators' SSH key for the editors; made where it is missing" },
    allow_dirty = rb.param.bool { default = false, help = "build what is not committed, too" },
  },
  permissions = {
    docker = { ["{engine}"] = { "image.*:{registry}/danake-*" } },
    read = { "{modules_dir}", "{editor_key}", "{editor_key}.pub" },
    run = { "git", "ssh-keygen" },
  },
  lock = "danake/images",

  run = function(p)
    local here = machine.here()
    local engine <close> = docker.connect(p.engine)
    for _, module in ipairs(p.modules) do
      if not module:find "^[a-z][a-z0-9-]*$" then rb.fail("argument.invalid", "'" .. module .. "' is no name of a module") end
      if not here:find(p.modules_dir .. "/" .. module .. "/Dockerfile") then
        rb.fail("danake.no_module", ("there is no %s/%s/Dockerfile"):format(p.modules_dir, module))
      end
    end
    refuse_dirty(here, p)
    local key = editor_key(here, p)
    for _, module in ipairs(p.modules) do
      local name = ("%s/danake-%s"):format(p.registry, module)
      local tag = name .. ":" .. p.release
      rb.step("build " .. module, { idempotent = true, doc = "README.md#images" }, function()
        local args = module == "editor" and { authorized_keys = key:gsub("%s+$", "") } or nil
        engine:image_ensure { tag = tag, context = p.modules_dir .. "/" .. module, args = args }
      end)
      local digest = rb.step("push " .. module, { idempotent = true, undo = tell_what_stays }, function()
        local pushed = engine:image_push(tag)
        if rb.is_unknown(pushed) then return {} end
        return { tag = tag, digest = pushed.digest, new = pushed.changed }
      end).digest
      rb.step("see " .. module .. " on the registry", { idempotent = true }, function()
        if rb.dry_run() then return end
        local there = engine:image_digest(tag).digest
        if there ~= digest then rb.fail("danake.digest", ("the registry has %s for %s, not %s"):format(there, tag, digest)) end
      end)
      if digest then print(("%s@%s"):format(tag, digest)) end
    end
  end,
}
