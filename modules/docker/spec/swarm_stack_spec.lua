-- SPDX-License-Identifier: Apache-2.0
-- What deployments of stacks ask of an engine beside services.
local swarm = require "swarm_subject"

describe("in a swarm", function()
  local engine
  before_each(function() engine = swarm.begin() end)
  after_each(swarm.finish)

  it("secrets are compared with a content, and stay as they are", function()
    local made = engine:secret_create { name = "spec-s", data = "one", labels = { a = "b" } }
    assert.are.same({ exists = true, equal = true }, engine:secret_verify { name = "spec-s", data = "one" })
    assert.are.same({ exists = true, equal = false }, engine:secret_verify { name = "spec-s", data = "two" })
    assert.are.same({ exists = false, equal = false }, engine:secret_verify { name = "spec-none", data = "one" })
    assert.are.equal(made.version, engine:secret_get("spec-s").version)
  end)

  it("networks have several subnets, which services get addresses from", function()
    local network = engine:network_create("spec-o", { driver = "overlay", subnet = "10.199.8.0/24", more_subnets = { "10.199.9.0/24" } })
    assert.are.same({ "10.199.8.0/24", "10.199.9.0/24" }, network.subnets)
    engine:network_remove "spec-o"
  end)
end)
