-- SPDX-License-Identifier: Apache-2.0
-- For specs: a directory of configuration, an openssl that says of the certificate what the test wants, and a swarm on which
-- services of danake's shape run.
local M = {}

-- What openssl says: `answers.key` (of which certificate the key is), `ends_soon`, `host`.
local function openssl(answers)
  return function(argv)
    local function has(word)
      for _, one in ipairs(argv) do
        if one == word then return true end
      end
      return false
    end
    if argv[2] == "pkey" then return "public key of " .. (answers.key or "the certificate") .. "\n" end
    if has "-pubkey" then return "public key of the certificate\n" end
    if has "-checkend" then return { code = answers.ends_soon and 1 or 0, stdout = "" } end
    if has "-enddate" then return "notAfter=Jan  3 00:00:00 2026 GMT\n" end
    if has "-checkhost" then return "Hostname x does " .. (answers.host == argv[#argv] and "" or "NOT ") .. "match certificate\n" end
    return "OpenSSL 3.0.0\n"
  end
end

M.STUDENTS = "s-01\tAda\ns-02\tBarbara\ns-03\tEdith\n"

-- The simulated machine of an operator; `files` go over the usual ones.
function M.machine(files, answers)
  local all = {
    ["/confs/certs/fullchain.pem"] = { content = "the certificate\n", mode = "0644" },
    ["/confs/certs/privkey.pem"] = { content = "the key\n", mode = "0600" },
    ["/confs/certs/dhparam.pem"] = { content = "parameters\n", mode = "0644" },
    ["/confs/auth-config.py"] = { content = "SECRET_KEY = 'sesame'\n", mode = "0600" },
    ["/confs/mail-config.py"] = { content = "SENDER = 'exam'\n", mode = "0600" },
    ["/confs/uid2info.tsv"] = { content = M.STUDENTS, mode = "0644" },
  }
  for path, file in pairs(files or {}) do all[path] = file or nil end
  return { files = all, programs = { openssl = openssl(answers or {}) } }
end

M.STACK = [[
version: "3.8"
services:
  router:
    image: ${DANAKE_REGISTRY}/danake-router:${DANAKE_VERSION}
    ports:
      - { target: 80, published: "${DANAKE_HTTP_PORT}", mode: host }
      - { target: 443, published: "${DANAKE_HTTPS_PORT}", mode: host }
    networks: [editor_network]
    secrets:
      - { source: cookie2uid, target: /cookie2uid.map }
      - fullchain
      - privkey
      - dhparam
    deploy: { endpoint_mode: dnsrr, placement: { constraints: ["node.role == manager"] } }
  auth:
    image: ${DANAKE_REGISTRY}/danake-auth:${DANAKE_VERSION}
    networks: [editor_network]
    configs: [{ source: uid2info, target: /uid2info.tsv }]
    secrets: [auth_config, mail_config]
    deploy: { endpoint_mode: dnsrr, placement: { constraints: ["node.role == manager"] } }
networks:
  editor_network: { driver: overlay, attachable: true }
secrets:
  fullchain: { external: true, name: "${DANAKE_FULLCHAIN}" }
  privkey: { external: true, name: "${DANAKE_PRIVKEY}" }
  dhparam: { external: true, name: "${DANAKE_DHPARAM}" }
  auth_config: { external: true, name: "${DANAKE_AUTH_CONFIG}" }
  mail_config: { external: true, name: "${DANAKE_MAIL_CONFIG}" }
  cookie2uid: { external: true, name: "${DANAKE_COOKIE2UID}" }
configs:
  uid2info: { external: true, name: "${DANAKE_UID2INFO}" }
]]

-- The router: to the editor of whose cookie it is, as its secret says.
local function routed(request, container)
  if request.path:find "^/da/" then return { status = 200, body = "danake auth" } end
  local cookie = (request.headers.cookie or ""):match "danake_routing=([%w_-]+)"
  for line in (container:read "/cookie2uid.map" or ""):gmatch "[^\n]+" do
    local its, uid = line:match "^([^\t]+)\t(.*);$"
    if its == cookie then return container:call("editor-" .. uid, 8080, request) or { status = 502, body = "no answer" } end
  end
  return { status = 502, body = "no editor" }
end

local function editor(container)
  return { http = { [8080] = function() return { status = 200, body = container.name:match "^[^.]+" } end } }
end

local function router()
  return { http = { [80] = function() return { status = 301, body = "" } end, [443] = routed } }
end

local IMAGE = { command = { "/start" } }

-- A world with that machine, and an engine that is the manager of a swarm of nodes n1 to n3. `more`: files, answers, docker.
function M.world(simulate, more)
  more = more or {}
  local files = { ["/confs/danake.yml"] = { content = M.STACK } }
  for path, file in pairs(more.files or {}) do files[path] = file end
  local docker = {
    swarm = more.swarm or { nodes = { "n2", "n3" } },
    images = { ["registry:5000/danake-router:v1"] = IMAGE, ["registry:5000/danake-auth:v1"] = IMAGE,
      ["registry:5000/danake-editor:v1"] = IMAGE },
    run = { ["registry:5000/danake-router:*"] = router, ["registry:5000/danake-editor:*"] = editor },
  }
  return simulate { machine = M.machine(files, more.answers), docker = docker }
end

-- What makes a world whose students have their cookies, so that two of them are the same.
function M.settled(simulate)
  local lines = {}
  for number = 1, 3 do lines[number] = ("cookie-of-a-student-%d\ts-0%d;\n"):format(number, number) end
  return function() return M.world(simulate, { files = { ["/confs/cookie2uid.map"] = { content = table.concat(lines),
    mode = "0600" } } }) end
end

local SITE = { host = "127.0.0.1", without_tls = true, https_port = 8443, http_port = 8080, registry = "registry:5000",
  release = "v1", settle = "1s", wait = "1m",
  stack_file = "/confs/danake.yml", override = "/confs/danake.yml", endpoint_mode = "dnsrr", publish_mode = "host", confs = "/confs",
    resolve_image = "never" }

-- Parameters of a runbook: of the usual ones those that it has, and further ones.
function M.params(names, more)
  local params = {}
  for name in names:gmatch "%S+" do params[name] = SITE[name] end
  for name, value in pairs(more or {}) do params[name] = value end
  return params
end

local DEPLOY = "confs host without_tls https_port http_port registry release settle wait stack_file override "
  .. "endpoint_mode publish_mode resolve_image"
function M.config(more) return M.params("confs", more) end
function M.rotate(more)
  local params = M.params(DEPLOY, more)
  params.action = "rotate"
  return params
end
function M.deploy(more) return M.params(DEPLOY, more) end
function M.editors(more) return M.params("confs host without_tls https_port registry release settle wait endpoint_mode", more) end

-- Runs them one after the other, up to the one of that name.
function M.up_to(world, last)
  for _, one in ipairs { "config", "deploy", "editors" } do
    local run = world:run(one .. ".lua", M[one]())
    if run.state ~= "done" then error(("%s.lua: %s"):format(one, run.error and run.error.message or run.state)) end
    if one == last then return end
  end
end

return M
