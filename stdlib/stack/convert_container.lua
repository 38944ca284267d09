-- SPDX-License-Identifier: Apache-2.0
-- What a service says of its containers, as the engine has it.

-- "docker.io/library/nginx" -> "nginx:latest".
local function familiar(image)
  local name = image:gsub("^index%.docker%.io/", "docker.io/"):gsub("^docker%.io/", ""):gsub("^library/([^/]+)$", "%1")
  if name:find("@", 1, true) or name:find(":[^/]*$") then return name end
  return name .. ":latest"
end

local function environment(tools, source)
  local made = {}
  for name, text in pairs(source or {}) do made[#made + 1] = text == tools.null and name or name .. "=" .. text end
  table.sort(made)
  return made
end

local function capabilities(list)
  local made = {}
  for _, name in ipairs(list or {}) do
    name = name:match("^%s*(.-)%s*$"):upper()
    if name ~= "ALL" and name ~= "RESET" and not name:find("^CAP_") then name = "CAP_" .. name end
    made[name] = true
  end
  return made.ALL and { ALL = true } or made
end

-- What is added is not dropped.
local function effective_capabilities(tools, service)
  local add, drop = capabilities(service.cap_add), capabilities(service.cap_drop)
  for name in pairs(add) do drop[name] = nil end
  add.RESET, drop.RESET = nil, nil
  return tools.given(tools.sorted_keys(add)), tools.given(tools.sorted_keys(drop))
end

local function healthcheck(tools, source)
  if not source then return nil end
  if source.disable then return { Test = { "NONE" } } end
  return { Test = tools.given(source.test), Timeout = tools.given(source.timeout), Interval = tools.given(source.interval),
           Retries = tools.given(source.retries), StartPeriod = tools.given(source.start_period),
           StartInterval = tools.given(source.start_interval) }
end

local function volume_options(tools, model, name, mount, made)
  local entry = model.volumes[mount.source]
  local options = { NoCopy = mount.volume and tools.given(mount.volume.nocopy) or nil }
  made.Source, made.VolumeOptions = tools.scoped(name, mount.source, entry), options
  if not entry.external then
    options.Labels = tools.labels(name, entry.labels)
    if tools.given(entry.driver) or entry.driver_opts then
      options.DriverConfig = { Name = tools.given(entry.driver), Options = tools.given(entry.driver_opts) }
    end
  end
end

local function mount_of(tools, model, name, mount)
  local made = { Type = mount.type, Source = tools.given(mount.source), Target = tools.given(mount.target),
                 ReadOnly = tools.given(mount.read_only), Consistency = tools.given(mount.consistency) }
  if mount.type == "volume" and made.Source then volume_options(tools, model, name, mount, made) end
  if mount.bind then made.BindOptions = { Propagation = tools.given(mount.bind.propagation) } end
  if mount.tmpfs then made.TmpfsOptions = { SizeBytes = tools.given(mount.tmpfs.size) } end
  if mount.type == "cluster" then
    made.ClusterOptions = {}
    if not mount.source:find("^group:") then made.Source = tools.scoped(name, mount.source, model.volumes[mount.source]) end
  end
  return made
end

-- Their ids are for who deploys; `key` is "SecretName" or "ConfigName".
local function references(tools, name, list, section, key)
  local made = {}
  for index, one in ipairs(list or {}) do
    local file = { Name = tools.given(one.target) or one.source, UID = tools.given(one.uid) or "0", GID = tools.given(one.gid) or "0",
                   Mode = one.mode or 292 } -- 0444
    made[index] = { [key] = tools.scoped(name, one.source, section[one.source]), File = file }
  end
  return made
end

-- By the name of the object, and else as they are written: the CLI has those of one object in no order.
local function in_order(list, key)
  local order = {}
  for index, one in ipairs(list) do order[one] = index end
  table.sort(list, function(a, b)
    if a[key] ~= b[key] then return a[key] < b[key] end
    return order[a] < order[b]
  end)
  return list
end

local function privileges(tools, model, name, spec, configs)
  if not spec or not (tools.given(spec.config) or tools.given(spec.file) or tools.given(spec.registry)) then return {} end
  local config = tools.given(spec.config) and tools.scoped(name, spec.config, model.configs[spec.config])
  if config then configs[#configs + 1] = { ConfigName = config, Runtime = {} } end
  return { CredentialSpec = { Config = config, File = tools.given(spec.file), Registry = tools.given(spec.registry) } }
end

local function converted(list, convert)
  local made = {}
  for index, one in ipairs(list or {}) do made[index] = convert(one) end
  return made
end

return function(tools, model, name, service)
  local given = tools.given
  local secrets = references(tools, name, service.secrets, model.secrets, "SecretName")
  local configs = references(tools, name, service.configs, model.configs, "ConfigName")
  local granted = privileges(tools, model, name, service.credential_spec, configs)
  local add, drop = effective_capabilities(tools, service)
  local ulimits = converted(tools.sorted_keys(service.ulimits), function(one)
    return { Name = one, Soft = service.ulimits[one].soft, Hard = service.ulimits[one].hard }
  end)
  local dns = (service.dns or service.dns_search) and { Nameservers = given(service.dns), Search = given(service.dns_search) }
  return {
    Image = familiar(service.image), Command = given(service.entrypoint), Args = given(service.command), Hostname = given(service.hostname),
    Hosts = given(converted(service.extra_hosts, function(one) return one.address .. " " .. one.host end)), DNSConfig = dns or nil,
    Healthcheck = healthcheck(tools, service.healthcheck), Env = given(environment(tools, service.environment)),
    Labels = tools.labels(name, service.labels), Dir = given(service.working_dir), User = given(service.user),
    Mounts = given(converted(service.volumes, function(one) return mount_of(tools, model, name, one) end)),
    StopGracePeriod = service.stop_grace_period, StopSignal = given(service.stop_signal), TTY = given(service.tty),
    OpenStdin = given(service.stdin_open), Secrets = given(in_order(secrets, "SecretName")),
    Configs = given(in_order(configs, "ConfigName")), ReadOnly = given(service.read_only), Privileges = granted,
    Isolation = given(service.isolation), Init = service.init, Sysctls = given(service.sysctls), CapabilityAdd = add, CapabilityDrop = drop,
    Ulimits = given(ulimits), OomScoreAdj = given(service.oom_score_adj),
  }
end
