-- SPDX-License-Identifier: Apache-2.0
-- What a client sees of a web service: a simulated one always; a real one, the quickstart's, where RUNBOOK_TEST_HTTP has
-- its address (and `--allow net=http://127.0.0.1:*` is given).
local http = require "http"
local rb = require "runbook"

-- The quickstart's service, as far as this spec asks for it.
local function service()
  local visits = 0
  local function text(status, body) return { status = status, headers = { ["Content-Type"] = "text/plain" }, body = body } end
  return function(request)
    if request.path == "/visits" and request.method == "POST" then
      visits = visits + 1
      return { json = { visits = visits } }
    elseif request.method ~= "GET" then
      return text(405, "only GET, and POST to /visits\n")
    elseif request.path == "/" then
      return { json = { name = "contract", version = "v1", colour = "blue" } }
    elseif request.path == "/visits" then
      return { json = { visits = visits } }
    end
    return text(404, "there is /, /healthz and /visits\n")
  end
end

local function contract(what, make)
  describe(what, function()
    local base
    before_each(function() base = make() end)

    it("answers with status, headers and a body", function()
      local answer = http.get(base .. "/?" .. http.query { a = "b c" })
      assert.are.equal(200, answer.status)
      assert.matches("^application/json", answer.headers["content-type"])
      assert.are.same({ name = "contract", version = "v1", colour = "blue" }, answer.json)
      assert.is_true(answer.seconds >= 0)
    end)

    it("keeps what it was told", function()
      local before = http.get(base .. "/visits").json.visits
      assert.are.equal(before + 1, http.post(base .. "/visits").json.visits)
      assert.are.equal(before + 1, http.get(base .. "/visits").json.visits)
    end)

    it("says when it does not like a request", function()
      local missing = assert.has_error(function() http.get(base .. "/no/such/page", { retries = 0 }) end, "http.status")
      assert.are.equal("404", missing.context.status)
      local refused = assert.has_error(function() http.put(base .. "/", { body = "x" }) end, "http.status")
      assert.are.equal("405", refused.context.status)
      assert.are.equal(404, http.get(base .. "/no/such/page", { expect = 404 }).status)
    end)

    it("is not there on another port", function()
      local _, err = rb.try(http.get, "http://127.0.0.1:9/", { retries = 0 })
      assert.are.equal("http.connect", err.code)
      assert.is_true(err.retryable)
    end)
  end)
end

contract("a simulated service", function()
  simulate { http = { ["http://127.0.0.1:8080"] = service() } }
  return "http://127.0.0.1:8080"
end)

local address = test_environment "HTTP"
if address then contract("a real service", function() return address end) end
