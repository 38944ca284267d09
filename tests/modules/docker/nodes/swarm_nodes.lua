-- SPDX-License-Identifier: Apache-2.0
-- Two machines of a swarm: joining, tasks on both, and the way out of it.
local docker = require "docker"
local rb = require "runbook"

describe("a second node", function()
  local one, two = docker.connect(test_environment "ONE"), docker.connect(test_environment "TWO")
  local address = test_environment "ADDR"

  local function failure(run, ...)
    local ok, err = pcall(run, ...)
    return ok and "none" or err.code, ok and "" or err.message
  end
  local function until_so(check)
    for _ = 1, 300 do
      if check() then return end
      rb.sleep "100ms"
    end
    error "it did not come to that"
  end

  it("joins, runs what fits there, and leaves in order", function()
    local joined = two:swarm_join { remote_addrs = { address .. ".11:2377" }, token = one:swarm_tokens().manager,
      advertise_addr = address .. ".12" }
    assert.is_true(joined.changed)
    one:node_wait("n2", { state = "ready", timeout = "30s" })
    assert.are.equal("manager", one:node_get("n2").role)
    one:node_update("n2", { labels = { exam = "yes" } })
    local function editor(name, constraint)
      return { name = name, image = "spec:1", command = { "/bin/busybox", "sleep", "1000" }, stop_signal = "SIGKILL",
        constraints = { constraint }, endpoint_mode = "dnsrr", labels = { editor = "yes" } }
    end
    one:service_ensure(editor("there", "node.labels.exam == yes"))
    one:service_ensure(editor("here", "node.labels.exam != yes"))
    one:service_wait({ "there", "here" }, { timeout = "60s", monitor = "1s" })
    assert.are.equal("n2", one:task_list({ service = "there" })[1].node)
    assert.are.equal("n1", one:task_list({ service = "here" })[1].node)

    local code, words = failure(two.swarm_leave, two)
    assert.are.equal("docker.conflict", code)
    assert.matches("participating as a manager", words)
    code, words = failure(one.node_remove, one, "n2")
    assert.are.equal("docker.conflict", code)
    assert.matches("demoted", words)

    one:node_update("n2", { availability = "drain" })
    until_so(function() return #one:task_list { node = "n2", desired_state = "running" } == 0 end)
    assert.matches("no suitable node", select(2, failure(one.service_wait, one, "there", { timeout = "4s" })))
    one:node_update("n2", { role = "worker" })
    until_so(function() return not two:swarm_get().manager end)
    assert.are.equal("docker.conflict", (failure(one.node_remove, one, "n2")))
    assert.are.equal("docker.no_manager", (failure(two.service_list, two)))
    assert.is_true(two:swarm_leave().changed)
    assert.are.equal("down", one:node_wait("n2", { state = "down", timeout = "60s" }).state)
    assert.is_true(one:node_remove("n2").changed)
    assert.are.equal(1, #one:node_list())
  end)

  it("is refused with a token that is of no use any more", function()
    local old = one:swarm_tokens().worker
    one:swarm_rotate_tokens { worker = true }
    local options = { remote_addrs = { address .. ".11:2377" }, token = old, advertise_addr = address .. ".12" }
    assert.are.equal("docker.engine", (failure(two.swarm_join, two, options)))
    assert.is_nil(two:swarm_get())
    options.token = one:swarm_tokens().worker
    assert.is_false(two:swarm_join(options).manager)
    assert.is_true(two:swarm_leave().changed)
  end)
end)
