-- SPDX-License-Identifier: Apache-2.0
-- One piece of work on an engine, for bench/docker.sh to measure beside the docker CLI's.
local rb = require "runbook"
local docker = require "docker"
local stack = require "stack"

local work = {}

function work.version(engine) print(engine:version().version) end

function work.ps(engine)
  for _, container in ipairs(engine:container_list()) do print(container.name, container.image, container.status) end
end

function work.inspect(engine) print(engine:container_get("idle1").id) end

function work.services(engine)
  for _, service in ipairs(engine:service_list()) do print(service.name, service.image) end
end

function work.exec(engine) print(engine:container_exec("sleeper", { "/bin/busybox", "true" }).exit_code) end

function work.calls(engine)
  for _ = 1, 30 do engine:container_list() end
end

function work.logs(engine, p) engine:container_logs_save("talker", { follow = true, path = p.path, timeout = "5m" }) end
function work.build(engine, p) print(engine:image_build({ tag = "bench-built:1", context = p.path, no_cache = true }).id) end
function work.save(engine, p) engine:image_save({ "bench-large:1" }, { path = p.path }) end
function work.load(engine, p) engine:image_load { path = p.path } end
function work.push(engine, p) print(engine:image_push(p.image).digest) end
function work.copy_in(engine, p) engine:container_copy_to("sleeper", { path = p.path, to = "/data/" }) end
function work.copy_out(engine, p) engine:container_copy_from("sleeper", { source = "/data/large", path = p.path }) end

function work.deploy(engine, p)
  stack.deploy(engine, stack.load(p.path), p.name, { resolve_image = "never", wait = false })
end

function work.converge(engine, p)
  stack.deploy(engine, stack.load(p.path), p.name, { resolve_image = "never", timeout = "2m" })
end

return rb.runbook {
  summary = "One piece of work on an engine",
  params = {
    engine = rb.param.string { help = "where it is" },
    work = rb.param.string { help = "what is done" },
    path = rb.param.string { default = "/nothing", help = "file or folder that it is done with" },
    image = rb.param.string { default = "none", help = "image that it is done with" },
    name = rb.param.string { default = "bench", help = "name of the stack" },
  },
  permissions = { docker = { ["{engine}"] = { "*" } }, read = { "{path}" }, write = { "{path}" } },
  run = function(p) work[p.work](docker.connect(p.engine), p) end,
}
