-- SPDX-License-Identifier: Apache-2.0
local stack = require "stack"

-- What a text is as the file stack.yml; `others` are files beside it.
local function load(text, options, others)
  local files = { ["/srv/app/stack.yml"] = text }
  for name, content in pairs(others or {}) do files["/srv/app/" .. name] = content end
  simulate { machine = { files = files } }
  return stack.load("/srv/app/stack.yml", options)
end

local function refusal(text, options, others)
  return assert.has_error(function() load(text, options, others) end, "stack.invalid").message
end

-- What one service is, of which the text has the keys that matter; and how it is refused. The keys begin at line 4.
local function around(text) return "services:\n  web:\n    image: nginx\n" .. text:gsub("[^\n]+", "    %0") end
local function service(text, options, others) return load(around(text), options, others).services.web end
local function problem(text, options, others) return refusal(around(text), options, others) end

describe("a service", function()
  it("is what its file says, and nothing is filled in", function()
    assert.are.same({ image = "nginx" }, service "")
  end)

  for text, expected in pairs {
    ["command: nginx -g 'daemon off;'"] = { command = { "nginx", "-g", "daemon off;" } },
    ["entrypoint: [a, b c]"] = { entrypoint = { "a", "b c" } },
    ["stop_grace_period: 1m30s"] = { stop_grace_period = 90000000000 },
    ["ports: ['8080:80']"] = { ports = { { target = 80, published = 8080, protocol = "tcp", mode = "ingress" } } },
    ["volumes: ['./x:/y:ro']"] = { volumes = { { type = "bind", source = "/srv/app/x", target = "/y", read_only = true } } },
  } do
    it("may say " .. text, function()
      expected.image = "nginx"
      assert.are.same(expected, service(text))
    end)
  end

  it("is refused", function()
    assert.are.equal("stack.yml:4: 'tty' must be true or false, got 'yes'\nstack.yml:5: unknown key 'imag', did you mean 'image'?",
      problem "tty: yes\nimag: x")
  end)
end)
