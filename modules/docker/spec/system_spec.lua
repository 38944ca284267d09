-- SPDX-License-Identifier: Apache-2.0
-- What an engine tells of itself, and what it removes where nothing uses it.
local subject = require "subject"
local time = require "time"

describe("an engine", function()
  local engine
  before_each(function() engine = subject.begin() end)
  after_each(subject.finish)

  it("tells what has happened, in its order", function()
    local before = time.now()
    subject.start("spec-a", "sleeper", { labels = { kind = "told" } })
    subject.start("spec-b", "sleeper")
    engine:container_remove "spec-a"
    local heard = {}
    local events = engine:events {
      since = before, filters = { type = "container", label = "kind=told", event = { "create", "start", "die", "destroy" } },
      on_event = function(event) heard[#heard + 1] = event.action end,
    }
    local actions = {}
    for _, event in ipairs(events) do
      actions[#actions + 1] = event.action
      assert.are.equal("spec-a", event.name)
      assert.are.equal("container", event.type)
      assert.is_true(event.time >= before)
    end
    assert.are.same({ "create", "start", "die", "destroy" }, actions)
    assert.are.same(actions, heard)
    assert.are.same({}, engine:events { since = before, filters = { container = "spec-none" } })
  end)

  it("tells what happens, until it is told to end", function()
    local rb = require "runbook"
    local seen = {}
    local now = time.now()
    rb.parallel {
      function()
        engine:events { since = now, ["until"] = now + 3, filters = { type = "container", event = "create" },
          on_event = function(event) seen[#seen + 1] = event.name end }
      end,
      function()
        rb.sleep "1s"
        engine:container_create(subject.container("spec-late", "sleeper"))
      end,
    }
    assert.are.same({ "spec-late" }, seen)
  end)

  it("tells what takes room", function()
    subject.start("spec-a", "sleeper")
    local usage = engine:disk_usage()
    assert.are.equal(1, usage.containers.count)
    assert.are.equal(1, usage.containers.in_use)
    assert.is_true(usage.images.count >= 1 and usage.images.size > 0)
    assert.is_true(usage.images.in_use >= 1)
  end)

  it("removes containers that do not run, and no others", function()
    engine:container_create(subject.container("spec-made", "sleeper", { labels = { kind = "pruned" } }))
    engine:container_create(subject.container("spec-kept", "sleeper"))
    subject.start("spec-runs", "sleeper", { labels = { kind = "pruned" } })
    local made = engine:container_get("spec-made").id
    assert.are.same({ made }, engine:container_prune({ labels = { kind = "pruned" } }).removed)
    assert.is_false(engine:container_prune({ labels = { kind = "pruned" } }).changed)
    assert.is_false(engine:container_prune({ older_than = "1h" }).changed)
    assert.is_not_nil(engine:container_find "spec-kept")
    assert.is_not_nil(engine:container_find "spec-runs")
  end)

  it("removes networks and volumes that nothing uses, those with a name only where it is told to", function()
    engine:network_create("spec-idle", { labels = { kind = "pruned" } })
    assert.are.same({ "spec-idle" }, engine:network_prune({ labels = { kind = "pruned" } }).removed)
    assert.is_false(engine:network_prune({ labels = { kind = "pruned" } }).changed)
    engine:volume_create("spec-data", { labels = { kind = "pruned" } })
    assert.is_false(engine:volume_prune({ labels = { kind = "pruned" } }).changed)
    engine:image_build { tag = "spec-volume:1", context = subject.context "VOLUME /scratch\n" }
    engine:container_create(subject.container("spec-a", "sleeper", { image = "spec-volume:1", volumes = { "spec-used:/data" } }))
    assert.are.same({ "spec-data" }, engine:volume_prune({ all = true }).removed)
    engine:container_remove("spec-a")
    local removed = engine:volume_prune().removed
    assert.are.equal(1, #removed)
    assert.are.equal(64, #removed[1])
    assert.is_not_nil(engine:volume_find "spec-used")
  end)
end)
