-- SPDX-License-Identifier: Apache-2.0
local text = require "text"

describe("a warning is given for", function()
  for keys, warning in pairs {
    ["build: ."] = "ignoring unsupported option 'build'",
    ["build: { context: ., args: { A: 1 }, more: x }"] = "ignoring unsupported option 'build'",
    ["privileged: true"] = "ignoring unsupported option 'privileged'",
    ["devices: ['/dev/x:/dev/x']"] = "ignoring unsupported option 'devices'",
    ["links: [db]"] = "ignoring unsupported option 'links'",
    ["network_mode: host"] = "ignoring unsupported option 'network_mode'",
    ["pid:"] = "ignoring unsupported option 'pid'",
    ["shm_size: 64m"] = "ignoring unsupported option 'shm_size'",
    ["restart: on-failure:3"] = "ignoring unsupported option 'restart': where there is no deploy.restart_policy, it is still taken for one",
    ["container_name: x"] = "ignoring deprecated option 'container_name': containers of a service are named by the swarm",
    ["expose: [80, '81']"] = "ignoring deprecated option 'expose': services on the same network reach all ports of each other",
    ["tmpfs: /tmp"] = "'tmpfs' has no effect in a stack: declare it under volumes, with type: tmpfs",
    ["depends_on: [web]"] = "'depends_on' has no effect in a stack: services start in no order",
    ["networks: { default: { ipv4_address: 10.0.0.2 } }"] = "'ipv4_address' has no effect in a stack: services have no fixed addresses",
    ["ports: ['127.0.0.1:80:80']"] = "'ports[1]': ignoring the address 127.0.0.1: a service listens on all addresses",
    ["ports: ['[::1]:80:80']"] = "'ports[1]': ignoring the address [::1]: a service listens on all addresses",
  } do
    it(keys, function() assert.are.same({ "stack.yml:4: " .. warning }, text.load(text.around(keys)).warnings) end)
  end

  it("names in the older form", function()
    local model = text.load("secrets:\n  s:\n    external: { name: real }\n")
    assert.are.same({ "stack.yml:3: 'external.name' is deprecated: write 'external: true' and 'name'" }, model.warnings)
    assert.are.same({ s = { external = true, name = "real" } }, model.secrets)
  end)

  it("nothing where nothing is odd", function() assert.are.same({}, text.load(text.around("tty: true")).warnings) end)
end)

describe("what is ignored", function()
  it("is checked all the same", function()
    assert.are.equal("stack.yml:4: 'privileged' must be true or false, got 'x'", text.problem "privileged: x")
  end)

  it("is in the model, in its long form", function()
    assert.are.same({ build = { context = "." }, shm_size = 64 * 1024 * 1024 }, text.service "build: .\nshm_size: 64m")
  end)
end)
