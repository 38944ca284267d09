-- SPDX-License-Identifier: Apache-2.0
-- How containers run on an engine: health, ends, restarts, and what they say.
local rb = require "runbook"
local subject = require "subject"

describe("containers", function()
  local engine
  before_each(function() engine = subject.begin() end)
  after_each(subject.finish)

  local function check(test, more)
    local given = { test = test, interval = "400ms", retries = 2 }
    for key, value in pairs(more or {}) do given[key] = value end
    return { healthcheck = given }
  end
  local OK_FILE = { "/bin/busybox", "test", "-f", "/ok" }

  it("are starting until their health check succeeds", function()
    subject.start("spec-a", "riser", check(OK_FILE, { retries = 50 }))
    assert.are.equal("starting", engine:container_get("spec-a").health)
    assert.are.equal("healthy", engine:container_wait_healthy("spec-a", { timeout = "20s" }).health)
    engine:container_stop "spec-a"
    assert.are.equal("unhealthy", engine:container_get("spec-a").health)
  end)

  it("are unhealthy after as many failures as they may have", function()
    subject.start("spec-a", "sick", check(OK_FILE))
    local code, words = subject.failure(engine.container_wait_healthy, engine, "spec-a", { timeout = "20s" })
    assert.are.equal("docker.unhealthy", code)
    assert.matches("container 'spec%-a' is unhealthy", words)
    local health = engine:container_get("spec-a").raw.State.Health
    assert.is_true(health.FailingStreak >= 2)
    assert.are.equal(1, health.Log[1].ExitCode)
  end)

  it("may fail while they start", function()
    subject.start("spec-a", "riser", check(OK_FILE, { start_period = "30s", retries = 1 }))
    assert.are.equal("healthy", engine:container_wait_healthy("spec-a", { timeout = "20s" }).health)
  end)

  it("without a health check are not waited for", function()
    subject.start("spec-a", "sleeper")
    assert.is_nil(engine:container_get("spec-a").health)
    local _, words = subject.failure(engine.container_wait_healthy, engine, "spec-a", { timeout = "5s" })
    assert.matches("has no health check", words)
  end)

  it("that end keep their exit code and what they wrote", function()
    subject.start("spec-a", "crash")
    assert.are.equal(3, engine:container_wait_exit("spec-a", { timeout = "20s" }).exit_code)
    local seen = engine:container_get "spec-a"
    assert.are.equal("exited false", seen.state .. " " .. tostring(seen.running))
    local log = engine:container_logs "spec-a"
    assert.are.equal("out\n", log.stdout)
    assert.are.equal("err\n", log.stderr)
    assert.matches("^Exited %(3%) ", engine:container_list({ state = "exited" })[1].status)
    local _, _, waited = subject.request("POST", "/containers/spec-a/wait")
    assert.are.equal(3, waited.StatusCode)
  end)

  it("end as they like when they are stopped", function()
    subject.start("spec-a", "polite", { stop_signal = "SIGTERM" })
    rb.sleep "300ms"
    engine:container_stop "spec-a"
    assert.are.equal(5, engine:container_get("spec-a").exit_code)
  end)

  it("that do not listen are killed after their time", function()
    subject.start("spec-a", "deaf", { stop_signal = "SIGTERM", stop_timeout = 1 })
    rb.sleep "300ms"
    engine:container_stop "spec-a"
    assert.are.equal(137, engine:container_get("spec-a").exit_code)
    engine:container_start "spec-a"
    rb.sleep "300ms"
    engine:container_stop("spec-a", { stop_timeout = 0 })
    assert.are.equal(137, engine:container_get("spec-a").exit_code)
  end)

  it("are killed at once, and told of other signals", function()
    subject.start("spec-a", "polite")
    rb.sleep "300ms"
    local status, words = subject.request("POST", "/containers/spec-a/kill?signal=BOGUS")
    assert.are.same({ 400, "Invalid signal: BOGUS" }, { status, words })
    subject.request("POST", "/containers/spec-a/kill?signal=TERM")
    assert.are.equal(5, engine:container_wait_exit("spec-a", { timeout = "10s" }).exit_code)
    engine:container_start "spec-a"
    subject.request("POST", "/containers/spec-a/kill")
    assert.are.equal(137, engine:container_wait_exit("spec-a", { timeout = "10s" }).exit_code)
  end)

  it("that fail are started again as often as their policy says", function()
    subject.start("spec-a", "flaky", { restart = "on-failure:2" })
    assert.are.equal(0, engine:container_get("spec-a").restarts)
    assert.are.equal(2, engine:container_wait_exit("spec-a", { timeout = "20s" }).exit_code)
    assert.are.equal(2, engine:container_get("spec-a").restarts)
  end)

  it("that are stopped stay so, whatever their policy", function()
    subject.start("spec-a", "sleeper", { restart = "always" })
    engine:container_stop "spec-a"
    rb.sleep "1s"
    assert.are.equal("exited", engine:container_get("spec-a").state)
    engine:container_restart "spec-a"
    assert.are.equal("running", engine:container_get("spec-a").state)
  end)

  it("that are paused run no programs", function()
    subject.start("spec-a", "sleeper")
    assert.are.equal(204, (subject.request("POST", "/containers/spec-a/pause")))
    assert.are.equal("paused", engine:container_get("spec-a").state)
    local status, words = subject.request("POST", "/containers/spec-a/exec", { Cmd = { "x" } })
    assert.are.same({ 409, "Container spec-a is paused, unpause the container before exec" }, { status, words })
    assert.are.equal(204, (subject.request("POST", "/containers/spec-a/unpause")))
    assert.are.equal("running", engine:container_get("spec-a").state)
  end)

  it("are heard from their beginning, from a time, at their end, or as they speak", function()
    subject.start("spec-a", "talker")
    local lines = {}
    engine:container_logs("spec-a", { follow = true, timeout = "20s", on_line = function(event) lines[#lines + 1] = event.line end })
    assert.are.same({ "one", "two", "three" }, lines)
    assert.are.equal("one\ntwo\nthree\n", engine:container_logs("spec-a").stdout)
    assert.are.equal("three\n", engine:container_logs("spec-a", { tail = 1 }).stdout)
    assert.are.equal("", engine:container_logs("spec-a", { tail = 0 }).stdout)
    local stamped = engine:container_logs("spec-a", { timestamps = true }).stdout
    local first, second = stamped:match "^(%S+) one\n(%S+) two\n"
    assert.matches("^%d%d%d%d%-%d%d%-%d%dT%d%d:%d%d:%d%d%.%d+Z$", first)
    local time = require "time"
    assert.are.equal("two\nthree\n", engine:container_logs("spec-a", { since = math.floor(time.parse(first)) + 2 }).stdout)
    assert.is_true(time.parse(second) - time.parse(first) >= 1.9)
  end)
end)
