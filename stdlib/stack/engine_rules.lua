-- SPDX-License-Identifier: Apache-2.0
-- What engines refuse of a service once all else has been made: refused here, with its line.
local problems = ...

local LEAST_MEMORY, LEAST_CPU, MILLISECOND = 4 * 1024 * 1024, 1000000, 1000000
-- Networks of these drivers are of one node, and services are on those of the swarm.
local OF_ONE_NODE = { bridge = true, macvlan = true, ipvlan = true, host = true, null = true }

local function check_resources(at, resources)
  for _, kind in ipairs { "limits", "reservations" } do
    local given, here = (resources or {})[kind] or {}, at:child(kind)
    if (given.memory or 0) ~= 0 and given.memory < LEAST_MEMORY then
      problems:doubt(here:child("memory"), "'memory' must be 4m or more")
    end
    if (given.cpus or 0) ~= 0 and given.cpus < LEAST_CPU then problems:doubt(here:child("cpus"), "'cpus' must be 0.001 or more") end
  end
end

local function check_durations(at, map, keys, holds, words)
  for _, key in ipairs(keys) do
    if map and map[key] and not holds(map[key]) then problems:doubt(at:child(key), ("'%s' %s"):format(key, words)) end
  end
end

local function not_negative(duration) return duration >= 0 end
local function zero_or_longer(duration) return duration == 0 or duration >= MILLISECOND end

local function check_ports(at, service)
  local taken, without_address = {}, ((service.deploy or {}).endpoint_mode or ""):lower() == "dnsrr"
  for _, port in ipairs(service.ports or {}) do
    local published = port.published and port.published ~= 0 and ("%d/%s"):format(port.published, port.protocol or "tcp")
    if published and taken[published] then problems:doubt(at, ("the port %s is published twice"):format(published)) end
    if published then taken[published] = true end
    if without_address and (port.mode or "ingress") == "ingress" then
      problems:doubt(at, ("with 'endpoint_mode: dnsrr' the port %d needs 'mode: host'"):format(port.target or 0))
    end
  end
end

-- A network of the stack that a service is in; `at` is where it stands, or the service.
local function check_network(at, name, network)
  if network and not network.external and OF_ONE_NODE[network.driver or ""] then
    problems:doubt(at, ("services cannot be in the network '%s': its driver '%s' is for one node"):format(name, network.driver))
  end
end

local function check_service(at, service)
  local deploy, deployed = service.deploy or {}, at:child("deploy")
  check_ports(at:child("ports"), service)
  check_resources(deployed:child("resources"), deploy.resources)
  check_durations(at:child("healthcheck"), service.healthcheck, { "interval", "timeout", "start_period", "start_interval" },
    zero_or_longer, "must be 1ms or more, or 0s")
  check_durations(deployed:child("restart_policy"), deploy.restart_policy, { "delay", "window" }, not_negative, "must not be negative")
  check_durations(deployed:child("update_config"), deploy.update_config, { "delay", "monitor" }, not_negative, "must not be negative")
  local ratio = (deploy.update_config or {}).max_failure_ratio
  if ratio and (ratio < 0 or ratio > 1) then
    problems:doubt(deployed:child("update_config"):child("max_failure_ratio"), "'max_failure_ratio' must be from 0 to 1")
  end
  if deploy.update_config and (deploy.mode or ""):find "%-job$" then
    problems:doubt(deployed:child("update_config"), ("'update_config' is not for the mode '%s'"):format(deploy.mode))
  end
end

return { service = check_service, network = check_network }
