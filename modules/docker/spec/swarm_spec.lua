-- SPDX-License-Identifier: Apache-2.0
-- The swarm that an engine is in, and its nodes.
local rb = require "runbook"
local subject = require "subject"

describe("a swarm", function()
  local engine
  before_each(function() engine = subject.begin() end)
  after_each(function()
    engine:swarm_leave { force = true }
    subject.finish()
  end)

  local function init() return engine:swarm_init { advertise_addr = "127.0.0.1", listen_addr = "127.0.0.1:2377",
    labels = { spec = "yes" } } end

  it("is made once, and left by force", function()
    assert.is_nil(engine:swarm_get())
    assert.is_false(engine:swarm_leave().changed)
    -- It would throw the other managers of a swarm out without a word.
    assert.are.equal("argument.invalid", (subject.failure(engine.swarm_init, engine, { force_new_cluster = true })))
    local made = init()
    assert.is_true(made.changed)
    local seen = engine:swarm_get()
    assert.are.same({ true, "active", 1, 1, "127.0.0.1" }, { seen.manager, seen.state, seen.managers, seen.nodes, seen.addr })
    assert.are.same({ spec = "yes" }, seen.labels)
    assert.are.equal("docker.conflict", (subject.failure(init)))
    local code, words = subject.failure(engine.swarm_leave, engine)
    assert.are.equal("docker.conflict", code)
    assert.matches("participating as a manager", words)
    assert.is_true(engine:swarm_leave({ force = true }).changed)
    assert.is_nil(engine:swarm_get())
  end)

  it("has tokens that can be made anew", function()
    init()
    local before = engine:swarm_tokens()
    assert.are.equal("***", tostring(before.worker):match "%*%*%*")
    local after = engine:swarm_rotate_tokens { worker = true }
    assert.is_false(after.worker == before.worker)
    assert.is_true(after.manager == before.manager)
    assert.are.equal("argument.invalid", (subject.failure(engine.swarm_rotate_tokens, engine, {})))
  end)

  it("is not joined by halves", function()
    local function join(token, addr)
      return subject.failure(engine.swarm_join, engine, { remote_addrs = { addr }, token = token, advertise_addr = "127.0.0.1",
        listen_addr = "127.0.0.1:2377" })
    end
    assert.are.equal("argument.invalid", (join("NOAUTH Authentication required.", "127.0.0.9:2377")))
    local token = "SWMTKN-1-" .. ("0"):rep(50) .. "-" .. ("0"):rep(25)
    assert.are.equal("docker.engine", (join(token, "127.0.0.9:2377")))
    assert.is_nil(engine:swarm_get())
    init()
    assert.are.equal("docker.conflict", (join(token, "127.0.0.9:2377")))
    assert.is_true(engine:swarm_get().manager)
  end)

  it("has nodes with labels, roles and availability", function()
    init()
    local node = engine:node_list()[1]
    assert.are.same({ "manager", true, true, "active", "ready" }, { node.role, node.manager, node.leader, node.availability, node.state })
    assert.are.equal(node.id, engine:node_get(node.name).id)
    assert.are.equal(node.id, engine:swarm_get().node_id)
    assert.is_nil(engine:node_find "spec-nobody")
    local changed = engine:node_update(node.id, { labels = { exam = "yes", row = 2 }, availability = "drain" })
    assert.are.same({ true, "drain", { exam = "yes", row = "2" } }, { changed.changed, changed.availability, changed.labels })
    assert.is_false(engine:node_update(node.id, { labels = { exam = "yes" } }).changed)
    assert.are.same({ row = "2" }, engine:node_update(node.id, { labels = { exam = rb.null } }).labels)
    assert.are.equal(1, #engine:node_list { labels = { row = "2" }, role = "manager" })
    assert.are.equal(0, #engine:node_list { labels = { row = "3" } })
    assert.are.equal("docker.conflict", (subject.failure(engine.node_update, engine, node.id, { role = "worker" })))
    assert.are.equal("docker.conflict", (subject.failure(engine.node_remove, engine, node.id)))
    assert.is_false(engine:node_remove("spec-nobody").changed)
    assert.are.equal("ready", engine:node_wait(node.id, { timeout = "5s" }).state)
    local code, words = subject.failure(engine.node_wait, engine, node.id, { state = "down", timeout = "1s" })
    assert.are.equal("docker.timeout", code)
    assert.matches("is not down after 1.0 s: it is ready", words)
  end)

  it("has networks of its own kind, which are compared and not only found", function()
    local code = subject.failure(engine.network_create, engine, "spec-over", { driver = "overlay" })
    assert.are.equal("docker.no_manager", code)
    init()
    assert.is_true(select(2, engine:network_ensure("spec-over", { driver = "overlay", attachable = true })))
    assert.is_false(select(2, engine:network_ensure("spec-over", { driver = "overlay", attachable = true })))
    assert.are.equal("swarm", engine:network_get("spec-over").raw.Scope)
    assert.are.equal("docker.conflict", (subject.failure(engine.network_ensure, engine, "spec-over", { driver = "bridge" })))
    assert.are.equal("docker.conflict", (subject.failure(engine.network_ensure, engine, "spec-over", { driver = "overlay",
      attachable = false })))
  end)
end)
