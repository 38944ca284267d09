#!/usr/bin/env runbook
-- SPDX-License-Identifier: Apache-2.0
local rb = require "runbook"
local nodes = require "nodes"

local PORTS = { { "2377", "tcp" }, { "7946", "tcp" }, { "7946", "udp" }, { "4789", "udp" } }

-- A node that is in a swarm must be in this one: it would leave its own otherwise, with all that runs there.
local function refuse_strangers(leader, list, seen)
  local members = {}
  if seen[leader.name].in_swarm then
    for _, node in ipairs(leader.engine:node_list()) do members[node.id] = node.name end
  end
  local strangers = {}
  for _, node in ipairs(list) do
    if seen[node.name].in_swarm and not members[seen[node.name].node_id] then strangers[#strangers + 1] = node.name end
  end
  if #strangers > 0 then
    rb.fail("danake.other_swarm", "already in another swarm: " .. table.concat(strangers, ", "), {
      hint = "if nothing is needed of it, let the node leave: docker swarm leave", context = { nodes = table.concat(strangers, "\n") },
    })
  end
end

local function open_ports(node, network)
  local machine = node.host:machine()
  for _, port in ipairs(PORTS) do
    machine:run({ "ufw", "allow", "from", network, "to", "any", "port", port[1], "proto", port[2] })
  end
end

local function join(leader, node)
  local token = not rb.dry_run() and leader.engine:swarm_tokens()[node.role] or "SWMTKN-1-of-a-swarm-that-is-not-there-yet"
  node.engine:swarm_join { remote_addrs = { leader.addr .. ":2377" }, token = token, advertise_addr = node.addr,
    listen_addr = "0.0.0.0:2377" }
end

return rb.runbook {
  summary = "Make the machines of the inventory a swarm",
  doc = "README.md#swarm",
  params = {
    nodes = rb.param.path { default = "nodes.yaml", help = "inventory of the nodes, with role and addr of each" },
    managers = rb.param.int { default = 1, min = 1, max = 7, help = "how many managers there are to be" },
    firewall = rb.param.string { default = "", pattern = "^[%x:./]*$",
      help = "network that ufw lets reach the swarm's ports; nothing: ufw is left alone" },
    wait = rb.param.duration { default = "2m", help = "how long it may take until all nodes are ready" },
  },
  permissions = {
    docker = {
      ["ssh://*"] = { "info", "swarm.*", "node.*" },
      ["ssh://*@*"] = { "info", "swarm.*", "node.*" },
      ["unix:///var/run/docker.sock"] = { "info", "swarm.*", "node.*" },
    },
    read = { "{nodes}" },
    run = { "ufw" },
  },
  lock = "danake/swarm",

  run = function(p)
    local list = nodes.load(p)
    local leader = list[1]
    local seen = rb.step("look at the machines", { idempotent = true }, function() return nodes.look(list) end)
    refuse_strangers(leader, list, seen)
    if p.firewall ~= "" then
      for _, node in ipairs(list) do
        rb.step("open the swarm's ports on " .. node.name, { idempotent = true }, function() open_ports(node, p.firewall) end)
      end
    end
    if not seen[leader.name].in_swarm then
      rb.step("begin the swarm on " .. leader.name, { undo = rb.revert, doc = "README.md#swarm" }, function()
        leader.engine:swarm_init { advertise_addr = leader.addr, listen_addr = "0.0.0.0:2377" }
      end)
    end
    for _, node in ipairs(list) do
      if node ~= leader and not seen[node.name].in_swarm then
        rb.step("let " .. node.name .. " join", { undo = rb.revert, doc = "README.md#swarm" }, function()
          join(leader, node)
        end)
      end
    end
    if rb.dry_run() then return end
    rb.wait_until("all nodes are ready", { timeout = p.wait, every = "1s" }, function()
      local ready = 0
      for _, node in ipairs(leader.engine:node_list()) do ready = ready + (node.state == "ready" and 1 or 0) end
      return ready >= #list
    end)
    local managers = 0
    for _, node in ipairs(leader.engine:node_list()) do managers = managers + (node.role == "manager" and 1 or 0) end
    if managers ~= p.managers then rb.fail("danake.managers", ("the swarm has %d managers, not %d"):format(managers, p.managers)) end
    print(("a swarm of %d nodes, %d of them managers; its engine: %s"):format(#list, managers, leader.target))
  end,
}
