-- SPDX-License-Identifier: Apache-2.0
-- A node whose cable is cut joins a swarm: what is left of it.
local docker = require "docker"

describe("a join that does not come to an end", function()
  local one, two = docker.connect(test_environment "ONE"), docker.connect(test_environment "TWO")

  it("is reported, and undone", function()
    one:swarm_init { advertise_addr = test_environment "ADDR" .. ".11" }
    local ok, err = pcall(two.swarm_join, two, {
      remote_addrs = { test_environment "ADDR" .. ".11:2377" }, advertise_addr = test_environment "ADDR" .. ".12",
      token = one:swarm_tokens().manager,
    })
    assert.is_false(ok)
    assert.matches("Timeout was reached before node joined", err.message)
    assert.are.equal("the engine has left the swarm again", err.context.undone)
    assert.is_nil(two:swarm_get())
  end)
end)
