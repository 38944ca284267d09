-- SPDX-License-Identifier: Apache-2.0
local docker = require "docker"

describe("a simulated engine on another machine", function()
  it("is reached by the name of that machine", function()
    simulate { docker = { ["ssh://deploy@web1"] = { images = { "app:1" } }, ["ssh://web2:2222"] = { images = { "app:2" } } } }
    assert.equal(1, #docker.connect("ssh://deploy@web1"):image_list())
    assert.equal("app:2", docker.connect("ssh://web2:2222"):image_list()[1].tags[1])
  end)

  it("is not there when nobody said so", function()
    simulate { docker = { ["ssh://deploy@web1"] = {} } }
    assert.has_error(function() docker.connect("ssh://deploy@web9"):image_list() end, "docker.connect")
  end)
end)
