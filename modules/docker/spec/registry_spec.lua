-- SPDX-License-Identifier: Apache-2.0
-- What an engine does with registries: pull, push, digests, and who is let in.
local subject = require "subject"

describe("registries", function()
  local engine, name
  before_each(function()
    engine = subject.begin()
    name = (subject.registry or "none") .. "/spec:1"
  end)
  after_each(subject.finish)

  local function on_a_registry(what, run)
    it(what, function()
      if subject.registry then run() end
    end)
  end

  on_a_registry("give back what was pushed, by its digest too", function()
    engine:image_tag("spec:1", name)
    assert.are.equal("docker.not_found", (subject.failure(engine.image_digest, engine, name)))
    local events = 0
    local pushed = engine:image_push(name, { on_progress = function() events = events + 1 end })
    assert.is_true(pushed.changed)
    assert.is_true(events > 0)
    assert.matches("^sha256:%x+$", pushed.digest)
    assert.is_false(engine:image_push(name).changed)
    local found = engine:image_digest(name)
    assert.are.equal(pushed.digest, found.digest)
    assert.are.equal((name:gsub(":1$", "")) .. "@" .. found.digest, found.reference)
    assert.are.same({ { os = "linux", architecture = "amd64" } }, found.platforms)
    local id = engine:image_get("spec:1").id
    engine:image_remove(name)
    local pulled = engine:image_pull(name)
    assert.is_true(pulled.changed)
    assert.are.equal(id, pulled.id)
    assert.are.equal(found.digest, pulled.digest)
    assert.is_false(engine:image_pull(name).changed)
    assert.are.equal(id, engine:image_pull(found.reference).id)
    assert.are.equal(id, engine:image_get(found.reference).id)
    engine:image_remove(name, { force = true })
  end)

  on_a_registry("say what they do not have", function()
    local function fails(code, words, call, ...)
      local got, said = subject.failure(call, engine, ...)
      assert.matches(words, said)
      assert.are.equal(code, got)
    end
    local absent = subject.registry .. "/spec-absent:9"
    fails("docker.not_found", "manifest unknown", engine.image_digest, absent)
    fails("docker.not_found", "manifest unknown", engine.image_pull, absent)
    fails("docker.not_found", "An image does not exist locally with the tag: .*/spec%-absent", engine.image_push, absent)
  end)

  it("are not told who we are where a password is no secret", function()
    local code, said = subject.failure(engine.image_pull, engine, name, { auth = { username = "a", password = "clear" } })
    assert.are.equal("argument.invalid", code)
    assert.matches("must be a secret", said)
  end)
end)
