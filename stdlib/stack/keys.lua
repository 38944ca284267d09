-- SPDX-License-Identifier: Apache-2.0
-- The dialect of stack files: which keys there are, what they hold, since which version 3.N, and what becomes of them.
--
-- A rule is { form, ... }; forms.lua has the forms, merge.lua what becomes of a key that two files give. Fields of a rule:
--   keys, of        rules of a map's keys; the rule of each entry
--   since           N of the version 3.N that brought the key; long_since: that brought the long form of an entry
--   cast            text that came out of a variable is taken for a number or a boolean
--   fate, says      "refused", "ignored", "deprecated", or "silent" (taken, and without effect): why, and what to do instead
--   one_of          the texts that it may be, or ""; unsure: the CLI takes others, and the engine refuses them
--   zero_wins       a later 0 is over the earlier value
--   unique, extensions; required: true, or "engine" where only the engine misses it
local TEXT, FLAG, COUNT = { "text" }, { "flag" }, { "count" }
local DURATION, SIZE, LABELS = { "duration" }, { "size" }, { "pairs" }
local TEXTS = { "list", of = TEXT, unique = true }
local TEXT_OR_LIST = { "list", of = TEXT, unique = true, single = true }
local OPTIONS = { "pairs", no_list = true, no_null = true }
local EXTERNAL = { "external", cast = true, keys = { name = TEXT } }

local function with(rule, more)
  local made = {}
  for key, value in pairs(rule) do made[key] = value end
  for key, value in pairs(more) do made[key] = value end
  return made
end

local function ignored(rule, more) return with(with(rule, { fate = "ignored" }), more or {}) end
local function refused(says) return { "any", fate = "refused", says = says } end
local CAST_FLAG = with(FLAG, { cast = true })

local function action(words) return { "text", one_of = words, unsure = true } end

local update = {
  parallelism = { "count", cast = true, zero_wins = true }, delay = DURATION, monitor = DURATION,
  max_failure_ratio = { "number", cast = true }, order = { "text", since = 4, one_of = { "start-first", "stop-first" }, not_empty = true },
}

local deploy = {
  mode = { "text", one_of = { "replicated", "global", "replicated-job", "global-job" } },
  endpoint_mode = { "text", since = 2, one_of = { "vip", "dnsrr" }, any_case = true, unsure = true },
  replicas = { "count", cast = true, zero_wins = true }, labels = LABELS,
  update_config = { "map", keys = with(update, { failure_action = action { "continue", "pause", "rollback" } }) },
  rollback_config = { "map", since = 7, keys = with(update, { failure_action = action { "continue", "pause" } }) },
  resources = { "map", keys = {
    limits = { "map", keys = { cpus = { "cpus" }, memory = SIZE, pids = { "whole", since = 9 } } },
    reservations = { "map", keys = { cpus = { "cpus" }, memory = SIZE, generic_resources = { "list", since = 5, of = { "map", keys = {
      discrete_resource_spec = { "map", keys = { kind = TEXT, value = COUNT } } } } } } },
  } },
  restart_policy = { "map", keys = { condition = { "text", one_of = { "none", "on-failure", "any" }, unsure = true }, delay = DURATION,
                                     max_attempts = { "count", cast = true, zero_wins = true }, window = DURATION } },
  placement = { "map", keys = {
    constraints = { "list", of = { "constraint" } },
    preferences = { "list", since = 3, of = { "map", keys = { spread = TEXT } } },
    max_replicas_per_node = { "count", since = 8, cast = true },
  } },
}

local healthcheck = {
  disable = CAST_FLAG, interval = DURATION, retries = { "count", cast = true, zero_wins = true }, test = { "health_test" },
  timeout = DURATION, start_period = with(DURATION, { since = 4 }), start_interval = with(DURATION, { since = 12 }),
}

local build = {
  context = TEXT, dockerfile = TEXT, args = LABELS, labels = with(LABELS, { since = 3 }), cache_from = with(TEXTS, { since = 2 }),
  network = with(TEXT, { since = 4 }), target = with(TEXT, { since = 4 }), shm_size = with(SIZE, { since = 5, number = true }),
  extra_hosts = with(LABELS, { since = 9 }),
}

local attachment = {
  aliases = TEXTS, ipv4_address = with(TEXT, { fate = "silent", says = "services have no fixed addresses" }),
  ipv6_address = with(TEXT, { fate = "silent", says = "services have no fixed addresses" }), driver_opts = with(OPTIONS, { since = 13 }),
}

local reference = { "map", short = "source", keys = {
  source = with(TEXT, { required = true }), target = TEXT, uid = TEXT, gid = TEXT, mode = { "count", cast = true, mode = true } } }

local port = { "port", long_since = 2, keys = {
  mode = { "text", one_of = { "ingress", "host" }, any_case = true, unsure = true }, target = { "count", cast = true, required = "engine" },
  published = { "count", cast = true }, protocol = { "text", one_of = { "tcp", "udp", "sctp" }, any_case = true, unsure = true } } }

local mount = { "mount", long_since = 2, keys = {
  type = { "text", required = true, one_of = { "volume", "bind", "tmpfs", "npipe", "cluster", "image" } },
  source = TEXT, target = TEXT, read_only = CAST_FLAG, consistency = TEXT, bind = { "map", keys = { propagation = TEXT } },
  volume = { "map", keys = { nocopy = CAST_FLAG } }, tmpfs = { "map", since = 6, keys = { size = COUNT } } } }

local LIMITS = "set limits under deploy.resources"
local service = {
  build = ignored { "map", short = "context", keys = build, extensible = true }, cap_add = TEXTS, cap_drop = TEXTS,
  cgroupns_mode = ignored(TEXT, { since = 9 }), cgroup_parent = ignored(TEXT), command = { "words" },
  configs = { "list", since = 3, of = reference, merge = "source" },
  container_name = with(TEXT, { fate = "deprecated", says = "containers of a service are named by the swarm" }),
  credential_spec = { "map", since = 3, keys = { config = with(TEXT, { since = 8 }), file = TEXT, registry = TEXT } },
  depends_on = with(TEXTS, { fate = "silent", says = "services start in no order" }),
  deploy = { "map", nullable = true, keys = deploy }, devices = ignored(TEXTS), dns = TEXT_OR_LIST, dns_search = TEXT_OR_LIST,
  domainname = ignored(TEXT), entrypoint = { "words" }, env_file = TEXT_OR_LIST, environment = { "pairs", keeps_null = true },
  expose = { "list", of = { "text", number = true }, unique = true, fate = "deprecated",
             says = "services on the same network reach all ports of each other" },
  external_links = ignored(TEXTS), extra_hosts = { "hosts" }, healthcheck = { "map", keys = healthcheck }, hostname = TEXT,
  image = { "image" },
  init = with(FLAG, { since = 7 }), ipc = ignored(TEXT), isolation = with(TEXT, { since = 5 }), labels = LABELS, links = ignored(TEXTS),
  logging = { "map", merge = "logging", keys = { driver = TEXT, options = { "pairs", no_list = true } } },
  mac_address = ignored(TEXT), network_mode = ignored(TEXT),
  networks = { "attachments", keys = attachment, merge = "networks" }, oom_score_adj = { "whole", since = 13, cast = true },
  pid = ignored(TEXT, { nullable = true }), ports = { "list", of = port, merge = "published", flat = true, unique = true },
  privileged = ignored(CAST_FLAG), read_only = CAST_FLAG,
  restart = { "restart", fate = "ignored", says = "where there is no deploy.restart_policy, it is still taken for one" },
  security_opt = ignored(TEXTS), shm_size = ignored(SIZE),
  secrets = { "list", since = 1, of = reference, merge = "source" },
  sysctls = LABELS, stdin_open = CAST_FLAG, stop_grace_period = DURATION, stop_signal = TEXT,
  tmpfs = with(TEXT_OR_LIST, { fate = "silent", says = "declare it under volumes, with type: tmpfs" }), tty = CAST_FLAG,
  ulimits = { "named", of = { "ulimit", cast = true }, merge = "entries" }, user = TEXT, userns_mode = ignored(TEXT),
  volumes = { "list", of = mount, merge = "target" }, working_dir = TEXT,
  extends = refused "write the service out, or use anchors and merge keys",
  volume_driver = refused "name the driver of a volume under the top-level 'volumes'",
  volumes_from = refused "declare a volume under the top-level 'volumes', and name it in each service that shares it",
  cpu_quota = refused(LIMITS), cpu_shares = refused(LIMITS), cpuset = refused(LIMITS), mem_limit = refused(LIMITS),
  memswap_limit = refused(LIMITS),
}

local network = {
  name = with(TEXT, { since = 5 }), driver = TEXT, driver_opts = OPTIONS, external = EXTERNAL, internal = CAST_FLAG,
  attachable = with(CAST_FLAG, { since = 2 }), labels = LABELS,
  ipam = { "map", keys = { driver = TEXT, config = { "list", of = { "map", keys = { subnet = { "subnet" } } } } } },
}
local volume = { name = with(TEXT, { since = 4 }), driver = TEXT, driver_opts = OPTIONS, external = EXTERNAL, labels = LABELS,
                 ["x-cluster-spec"] = { "any", since = 10, fate = "silent", says = "cluster volumes are not made by stacks" } }
local secret = { name = with(TEXT, { since = 5 }), file = TEXT, external = EXTERNAL, labels = LABELS, driver = with(TEXT, { since = 8 }),
                 driver_opts = with(OPTIONS, { since = 8 }), template_driver = with(TEXT, { since = 8 }) }
local config = { name = with(TEXT, { since = 5 }), file = TEXT, external = EXTERNAL, labels = LABELS,
                 template_driver = with(TEXT, { since = 8 }) }

local function section(keys, more)
  return with({ "named", of = with({ "map", keys = keys, extensions = 7 }, more), names = "^[%w._-]+$" }, { merge = "entries" })
end

return {
  newest = 13,
  top = { "map", extensions = 4, keys = {
    version = TEXT,
    services = with(section(service, {}), { merge = "services" }),
    networks = section(network, { nullable = true }), volumes = section(volume, { nullable = true }),
    secrets = with(section(secret, {}), { since = 1 }), configs = with(section(config, {}), { since = 3 }),
  } },
  service = service,
}
