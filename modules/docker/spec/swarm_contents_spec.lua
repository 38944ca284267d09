-- SPDX-License-Identifier: Apache-2.0
-- Secrets and configs of a swarm.
local subject = require "subject"
local swarm = require "swarm_subject"

describe("secrets", function()
  local engine
  before_each(function() engine = swarm.begin() end)
  after_each(swarm.finish)

  it("are made once, and never give their data back", function()
    local made = engine:secret_create { name = "spec-key", data = "top secret", labels = { a = "b" } }
    assert.is_true(made.changed)
    assert.are.equal("docker.conflict", (subject.failure(engine.secret_create, engine, { name = "spec-key", data = "x" })))
    local seen = engine:secret_get "spec-key"
    assert.are.equal(made.id, seen.id)
    assert.are.same({ a = "b" }, seen.labels)
    assert.is_nil(seen.data)
    assert.is_nil(seen.raw.Spec.Data)
    assert.is_nil(engine:secret_find(made.id:sub(1, 10)))
    assert.are.equal("docker.not_found", (subject.failure(engine.secret_get, engine, "nothing")))
    assert.are.equal(1, #engine:secret_list { labels = { a = "b" } })
    assert.are.equal(0, #engine:secret_list { name = "spec" })
    assert.is_true(engine:secret_remove("spec-key").changed)
    assert.is_false(engine:secret_remove("spec-key").changed)
  end)

  it("have names and sizes that are checked before", function()
    local function problem(spec) return select(2, subject.failure(engine.secret_create, engine, spec)) end
    assert.matches("it must have 1 to 511999", problem { name = "spec", data = "" })
    assert.matches("it must have 1 to 511999", problem { name = "spec", data = ("x"):rep(512000) })
    assert.matches("is no name", problem { name = "-spec", data = "x" })
    assert.is_true(engine:secret_create({ name = "spec", data = ("x"):rep(511999) }).changed)
  end)

  it("get other labels, only where they have others", function()
    engine:secret_create { name = "spec", data = "x", labels = { a = "b" } }
    local seen = engine:secret_update_labels("spec", { a = "c" })
    assert.is_true(seen.changed)
    assert.are.same({ a = "c" }, seen.labels)
    local again = engine:secret_update_labels("spec", { a = "c" })
    assert.is_false(again.changed)
    assert.are.equal(seen.version, again.version)
  end)

  it("are versions of a content, of which old ones go when nothing uses them", function()
    local one, made = engine:secret_version { name = "spec-tls", data = "one" }
    assert.is_true(made)
    assert.matches("^spec%-tls%-%x+$", one.name)
    assert.are.equal(#"spec-tls-" + 12, #one.name)
    assert.is_false(select(2, engine:secret_version { name = "spec-tls", data = "one" }))
    local two = engine:secret_version { name = "spec-tls", data = "two" }
    local three = engine:secret_version { name = "spec-tls", data = "three" }
    engine:service_create(swarm.spec("spec-web", "sleeper", function(_, _, container)
      container.Secrets = { { SecretName = one.name, File = { Name = "tls", UID = "0", GID = "0", Mode = 292 } } }
    end))
    local code, words = subject.failure(engine.secret_remove, engine, one.name)
    assert.are.equal("docker.conflict", code)
    assert.matches("spec%-web", words)
    local result, changed = engine:secret_versions_prune { name = "spec-tls" }
    assert.is_true(changed)
    assert.are.same({ two.name }, result.removed)
    table.sort(result.kept)
    local kept = { one.name, three.name }
    table.sort(kept)
    assert.are.same(kept, result.kept)
    assert.is_false(select(2, engine:secret_versions_prune { name = "spec-tls" }))
    engine:service_remove "spec-web"
    assert.are.same({ one.name }, engine:secret_versions_prune({ name = "spec-tls", keep = { three.name }, previous = 0 }).removed)
  end)
end)

describe("configs", function()
  local engine
  before_each(function() engine = swarm.begin() end)
  after_each(swarm.finish)

  it("give their data back", function()
    engine:config_create { name = "spec", data = "a\0b" }
    assert.are.equal("a\0b", engine:config_get("spec").data)
    assert.are.equal("docker.conflict", (subject.failure(engine.config_create, engine, { name = "spec", data = "x" })))
    assert.matches("1 to 1023999", select(2, subject.failure(engine.config_create, engine, { name = "s", data = ("x"):rep(1024000) })))
    local version = engine:config_version { name = "spec", data = "c" }
    assert.are.equal("c", engine:config_get(version.name).data)
    assert.is_true(engine:config_remove("spec").changed)
  end)
end)
