-- SPDX-License-Identifier: Apache-2.0
local stack = require "stack"

local FILE = [[
version: "3.8"
x-logging: &logging
  logging: { driver: json-file, options: { max-size: 10m, max-file: 3 } }
services:
  web:
    <<: *logging
    image: ${REGISTRY:-docker.io}/site/web:${TAG}
    ports: ["80:8000"]
    environment: { LEVEL: info, TOKEN_FILE: /run/secrets/token }
    secrets: [token]
    networks: [front]
    volumes: ["data:/var/lib/site", "./conf:/etc/site:ro"]
    deploy: { replicas: 2, resources: { limits: { cpus: "0.5", memory: 128m } } }
networks:
  front: { attachable: true }
secrets:
  token: { file: token.txt }
volumes:
  data:
]]

local function load(options)
  simulate { machine = { files = { ["/srv/app/stack.yml"] = FILE } } }
  return stack.load("/srv/app/stack.yml", options)
end

describe("a stack file", function()
  it("becomes a model in which all is in its long form", function()
    assert.are.same({
      version = "3.8",
      services = { web = {
        image = "docker.io/site/web:7",
        ports = { { target = 8000, published = 80, protocol = "tcp", mode = "ingress" } },
        environment = { LEVEL = "info", TOKEN_FILE = "/run/secrets/token" },
        secrets = { { source = "token" } },
        networks = { front = {} },
        volumes = {
          { type = "volume", source = "data", target = "/var/lib/site" },
          { type = "bind", source = "/srv/app/conf", target = "/etc/site", read_only = true },
        },
        deploy = { replicas = 2, resources = { limits = { cpus = 500000000, memory = 128 * 1024 * 1024 } } },
        logging = { driver = "json-file", options = { ["max-size"] = "10m", ["max-file"] = "3" } },
      } },
      networks = { front = { attachable = true } },
      secrets = { token = { file = "/srv/app/token.txt" } },
      volumes = { data = {} },
      configs = {},
      warnings = {},
    }, load { variables = { TAG = 7 } })
  end)

  it("is refused where a variable has no value, with its line", function()
    local err = assert.has_error(function() load() end, "stack.invalid")
    assert.are.equal("stack.yml:7: the variable 'TAG' is not set; give it a value, or a default: ${TAG:-...}", err.message)
  end)

  it("is refused with all that is wrong, in the order of its lines", function()
    simulate { machine = { files = { ["/srv/stack.yml"] = [[
version: "3.8"
service: {}
services:
  web:
    image: nginx
    tty: yes
    ports: [http]
    networks: [frnt]
    stop_grace_period: 10
  db: {}
networks: { front: {} }
]] } } }
    assert.are.equal([[
stack.yml:2: unknown key 'service', did you mean 'services'?
stack.yml:6: 'tty' must be true or false, got 'yes'
stack.yml:7: 'ports[1]': the port inside must be a number from 1 to 65535, got 'http'
stack.yml:8: there is no network 'frnt', did you mean 'front'?
stack.yml:9: 'stop_grace_period' must be a duration such as '1m30s' or '500ms', got 10
stack.yml:10: the service 'db' has no image]], assert.has_error(function() stack.load("/srv/stack.yml") end, "stack.invalid").message)
  end)

  it("must be there", function()
    simulate { machine = {} }
    assert.has_error(function() stack.load("/srv/stack.yml") end, "stack.missing")
  end)

  it("is named, with options that there are", function()
    assert.has_error(function() stack.load() end, "argument.invalid")
    assert.has_error(function() stack.load({}) end, "argument.invalid")
    local err = assert.has_error(function() stack.load("x.yml", { variable = {} }) end, "argument.invalid")
    assert.contains("did you mean 'variables'?", err.message)
  end)
end)
