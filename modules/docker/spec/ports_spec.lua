-- SPDX-License-Identifier: Apache-2.0
-- Published ports, and what is left where one cannot be had.
local http = require "http"
local rb = require "runbook"
local subject = require "subject"
local time = require "time"

describe("a published port", function()
  local engine
  before_each(function() engine = subject.begin() end)
  after_each(subject.finish)

  local function web(name, port) return subject.container(name, "web", { ports = { port } }) end
  local function host_port(name) return engine:container_get(name).ports[1].host end
  -- The web server takes a moment.
  local function page(port)
    local deadline = time.now() + 10
    while true do
      local ok, answer = pcall(http.get, ("http://127.0.0.1:%d/page"):format(port))
      if ok then return answer.body end
      if time.now() > deadline then error(answer, 0) end
      rb.sleep "100ms"
    end
  end

  it("is exposed by the container too, or the engine would not publish it", function()
    local made = engine:container_ensure(web("spec-a", "127.0.0.1::80"))
    assert.is_not_nil(made.raw.Config.ExposedPorts["80/tcp"])
    assert.are.equal(80, made.ports[1].container)
    assert.are.equal("hello\n", page(made.ports[1].host))
  end)

  it("that the engine chooses is read anew after a restart", function()
    engine:container_ensure(web("spec-a", "127.0.0.1::80"))
    engine:container_stop "spec-a"
    assert.are.same({}, engine:container_get("spec-a").ports)
    engine:container_start "spec-a"
    assert.are.equal("hello\n", page(host_port "spec-a"))
  end)

  it("that another container has leaves no half-made one with the name", function()
    engine:container_ensure(web("spec-a", "127.0.0.1::80"))
    local taken = ("127.0.0.1:%d:80"):format(host_port "spec-a")
    local _, said = subject.failure(engine.container_ensure, engine, web("spec-b", taken))
    assert.matches("port is already allocated", said)
    assert.is_nil(engine:container_find "spec-b")
    engine:container_ensure(web("spec-b", "127.0.0.1::80"))
    assert.are.equal("hello\n", page(host_port "spec-b"))
  end)

  it("that another container has brings back the one that was to be replaced", function()
    engine:container_ensure(web("spec-a", "127.0.0.1::80"))
    local before = engine:container_ensure(web("spec-b", "127.0.0.1::80"))
    local taken = ("127.0.0.1:%d:80"):format(host_port "spec-a")
    local _, said = subject.failure(engine.container_ensure, engine, web("spec-b", taken))
    assert.matches("port is already allocated", said)
    assert.are.equal(before.id, engine:container_get("spec-b").id)
    assert.is_true(engine:container_get("spec-b").running)
    assert.are.equal(2, #engine:container_list {})
  end)

  it("is no matter where the name cannot be one: nothing is asked then", function()
    for _, name in ipairs { "a", "-a", "a b", "a/b", "ü" } do
      local code, said = subject.failure(engine.container_create, engine, web(name, "127.0.0.1::80"))
      assert.are.equal("argument.invalid", code)
      assert.matches("name", said)
    end
    assert.are.equal("argument.invalid", (subject.failure(engine.container_rename, engine, "spec-a", "a b")))
  end)
end)
