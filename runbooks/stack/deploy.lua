#!/usr/bin/env runbook
-- SPDX-License-Identifier: Apache-2.0
local rb = require "runbook"
local docker = require "docker"
local stack = require "stack"
local env_file = require "env_file"

local function split(files)
  local all = {}
  for _, joined in ipairs(files) do
    for file in joined:gmatch "[^,]+" do all[#all + 1] = file end
  end
  return all
end

return rb.runbook {
  summary = "Deploy a stack file to a swarm, and see it run",
  doc = "README.md",
  params = {
    file = rb.param.list { of = "path", min = 1, help = "stack file; several are merged, later ones over earlier ones" },
    name = rb.param.string { pattern = "^[%w][%w_-]*$", help = "name of the stack" },
    engine = rb.param.string { default = "unix:///var/run/docker.sock", help = "an engine that is a manager of the swarm" },
    folder = rb.param.list { of = "path", default = {}, help = "where else env_files, secrets and configs are" },
    env_file = rb.param.list { of = "path", default = {}, help = "file of variables: NAME=value on each line" },
    var = rb.param.map { default = {}, help = "variable: NAME=value; over those of --env-file" },
    mount = rb.param.list { of = "path", default = {}, help = "path of the nodes that services may mount" },
    prune = rb.param.bool { default = false, help = "remove services that are not in the file" },
    resolve_image = rb.param.enum { "always", "changed", "never", default = "always", help = "when to ask what a tag is now" },
    with_registry_auth = rb.param.bool { default = false, help = "give the nodes the credentials that docker login has kept" },
    rotate = rb.param.bool { default = false, help = "let secrets and configs with new content have new names" },
    lenient = rb.param.bool { default = false, help = "warn where the docker CLI takes what is refused here" },
    wait = rb.param.bool { default = true, help = "wait until all of it runs" },
    within = rb.param.duration { default = "10m", help = "how long that may take" },
  },
  permissions = {
    read = { "{file}/..", "{folder}", "{env_file}", "~/.docker/config.json" },
    write = { "{mount}" },
    run = { "docker-credential-*" },  -- by which docker login may have kept credentials
    docker = {
      ["{engine}"] = { "version", "swarm.get", "node.list", "image.digest", "task.list", "service.list", "network.list", "network.*:*",
                       "secret.list", "secret.*:*", "config.list", "config.*:*", "service.*:*" },
    },
  },
  lock = "stack/{name}",
  on_failure = "undo",

  run = function(p)
    local engine <close> = docker.connect(p.engine)
    local variables = env_file.read(p.env_file, p.var)
    local model = stack.load(split(p.file), { variables = variables, lenient = p.lenient })
    local done = stack.deploy(engine, model, p.name, {
      prune = p.prune, resolve_image = p.resolve_image, auth = p.with_registry_auth or nil, rotate = p.rotate, wait = p.wait,
      timeout = p.within,
    })
    if rb.dry_run() then return end
    print(("%s: %d created, %d updated, %d removed, %d as they were"):format(p.name, #done.created, #done.updated, #done.removed,
      #done.unchanged))
  end,
}
