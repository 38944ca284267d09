-- SPDX-License-Identifier: Apache-2.0
local rb = require "runbook"
local template = require "template"

describe("template", function()
  it("fills in values, conditions and loops", function()
    local text = template.render([[
upstream {{ name }} {
{% for server in servers %}
  server {{ server.host }}:{{ server.port | default(80) }};
{% end %}
}
]], { name = "web", servers = { { host = "node1" }, { host = "node2", port = 8080 } } })
    assert.equal("upstream web {\n  server node1:80;\n  server node2:8080;\n}\n", text)
  end)

  it("names the line and the nearest name of what is not there", function()
    local _, err = rb.try(template.render, "a\n{{ nmae }}", { name = 1 }, { name = "motd" })
    assert.equal("template.undefined", err.code)
    assert.equal("motd:2: there is no 'nmae', did you mean 'name'?", err.message)
  end)

  it("keeps a value one word of a shell command", function()
    assert.equal("rm -- 'a b; rm -rf /'", template.render("rm -- {{ f }}", { f = "a b; rm -rf /" }, { escape = "shell" }))
    assert.equal("'a b' c", template.escape("shell", { "a b", "c" }))
  end)
end)
