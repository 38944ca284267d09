-- SPDX-License-Identifier: Apache-2.0
local machine = require "machine"
local simulated_site = require "simulated_site"

local PARAMS = { confs = "/confs", to = "/confs/tokens.tsv", host = "exam.example.org" }

local function new_world(answer)
  return simulate {
    secrets = { DANAKE_SECRET_KEY = "open sesame" },
    machine = simulated_site.machine(),
    http = {
      ["https://exam.example.org"] = function(request)
        if request.headers["x-danake-auth"] ~= "open sesame" then return { status = 403, body = "who are you?" } end
        return { status = 200, body = answer or "s-01\ttoken-1\ns-02\ttoken-2\ns-03\ttoken-3\n" }
      end,
    },
  }
end

describe("fetching the tokens", function()
  it("writes them where nobody else can read them, and shows none", function()
    local run = new_world():run("tokens.lua", PARAMS)
    assert.are.equal("done", run.state, run.error and run.error.message)
    assert.are.equal("s-01\ttoken-1\ns-02\ttoken-2\ns-03\ttoken-3\n", machine.here():read "/confs/tokens.tsv")
    assert.are.equal("0600", machine.here():stat("/confs/tokens.tsv").mode)
    assert.are.equal("3 of 3 tokens in /confs/tokens.tsv", run.printed)
    for _, event in ipairs(run.events) do assert.is_nil(require("json").encode(event):find("token-1", 1, true)) end
  end)

  it("fetches one, by the whole number", function()
    local params = { uid = "s-02" }
    for key, value in pairs(PARAMS) do params[key] = value end
    new_world():run("tokens.lua", params)
    assert.are.equal("s-02\ttoken-2\n", machine.here():read "/confs/tokens.tsv")
    params.uid = "s-0"
    assert.are.equal("danake.unknown_uid", new_world():run("tokens.lua", params).error.code)
  end)

  it("fails where the service knows other students", function()
    local run = new_world("s-01\ttoken-1\n"):run("tokens.lua", PARAMS)
    assert.are.equal("danake.tokens", run.error.code)
    assert.matches("s%-02, s%-03", run.error.message)
    assert.is_nil(machine.here():find "/confs/tokens.tsv")
  end)
end)
