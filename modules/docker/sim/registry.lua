-- SPDX-License-Identifier: Apache-2.0
-- The registries that a simulated engine reaches: what the test declares, and what is pushed. `logins` says which of them
-- let in only who has a password.
local sim, shared, engine = ...
local crypto = require "crypto"
local json = require "json"
local images = engine.part "images"

local M = {}

local function digest_of(text) return "sha256:" .. crypto.sha256("manifest " .. text) end

-- What a registry has: { digest, spec } as declared, or { digest, image } as pushed.
function M.declare(name, spec)
  local reference = images.reference(name)
  engine.registry[reference] = { spec = spec, digest = digest_of(reference .. json.encode(spec)) }
end

local function repository(reference) return (reference:gsub("@.*$", ""):gsub(":[^/:]*$", "")) end

local function host_of(reference)
  local first = reference:match("^([^/]+)/")
  return first and (first:find("[.:]") or first == "localhost") and first or "docker.io"
end

-- By tag or by digest.
local function find(reference)
  local pinned = reference:match("@(sha256:%x+)$")
  if not pinned then return engine.registry[reference] end
  for _, name in ipairs(shared.sorted(engine.registry)) do
    if repository(name) == repository(reference) and engine.registry[name].digest == pinned then return engine.registry[name] end
  end
end

-- Who is meant by a header of a request.
local function opened(header)
  if not header then return nil end
  local ok, value = pcall(function() return json.decode(crypto.base64_decode(header)) end)
  return ok and value or {}
end

local function credentials(request) return opened(request.headers["x-registry-auth"]) end

local function knows(host, given)
  local wanted = engine.logins[host]
  return not wanted or given ~= nil and given.username == wanted.username and given.password == wanted.password
end

-- An image that a registry has comes to the engine.
function M.pull(reference)
  reference = images.reference(reference)
  local entry = find(reference)
  if not entry then return nil end
  local image = entry.image
  if image then
    engine.images[image.id] = engine.images[image.id] or image
  else
    image = images.make(reference, entry.spec)
  end
  if not reference:find("@", 1, true) then images.tag(image, reference) end
  engine.digests[repository(reference) .. "@" .. entry.digest] = image.id
  return image, entry.digest
end

-- For a build: `header` has the credentials of several registries.
function M.base(reference, header)
  reference = images.reference(reference)
  local all, host = opened(header) or {}, host_of(reference)
  if not knows(host, all[host]) then return nil end
  return (M.pull(reference))
end

local function line(message) return json.encode(message) .. "\r\n" end

function M.pulled(request, emit)
  local tag = request.query.tag
  local joint = tag and (tag:find("^sha256:") and "@" or ":") or ""
  local reference = images.reference(request.query.fromImage .. joint .. (tag or ""))
  local name = repository(reference)
  if not knows(host_of(reference), credentials(request)) then
    shared.refuse(500, "Head \"http://%s/v2/%s/manifests/%s\": no basic auth credentials", host_of(reference), name, tag or "latest")
  end
  if not find(reference) then
    local known = host_of(reference) ~= "docker.io"
    for other in pairs(engine.registry) do known = known or repository(other) == name end
    if known then shared.refuse(404, "manifest for %s not found: manifest unknown: manifest unknown", reference) end
    shared.refuse(404, "pull access denied for %s, repository does not exist or may require 'docker login': denied: requested access to "
      .. "the resource is denied", name)
  end
  emit { status = 200, chunk = line { status = "Pulling from " .. name, id = tag } }
  sim.sleep(1)
  local there = images.find(reference)
  local image, digest = M.pull(reference)
  emit { chunk = line { status = "Digest: " .. digest } }
  local outcome = there == image and "Image is up to date" or "Downloaded newer image"
  return { body = line { status = ("Status: %s for %s"):format(outcome, reference) } }
end

engine.route("POST", "/images/{name...}/push", function(request)
  local given = credentials(request)
  if not given then shared.refuse(400, "Bad parameters and missing X-Registry-Auth: EOF") end
  local tag = request.query.tag or "latest"
  local reference = images.reference(request.args.name .. ":" .. tag)
  local said = line { status = ("The push refers to repository [%s]"):format(request.args.name) }
  local function failed(words) return { body = said .. line { errorDetail = { message = words }, error = words } } end
  local image = images.find(reference)
  if not image then
    return { body = line { errorDetail = { message = "An image does not exist locally with the tag: " .. request.args.name } } }
  end
  if not knows(host_of(reference), given) then return failed "no basic auth credentials" end
  local digest = digest_of(image.id)
  engine.registry[reference] = { image = image, digest = digest }
  engine.digests[repository(reference) .. "@" .. digest] = image.id
  engine.pushed[reference] = image.id
  return { body = said .. line { status = "Pushed", id = image.id:sub(8, 19) }
    .. line { aux = { Tag = tag, Digest = digest, Size = 528 }, progressDetail = {} } }
end)

engine.route("GET", "/distribution/{name...}/json", function(request)
  local reference = images.reference(request.args.name)
  if not knows(host_of(reference), credentials(request)) then shared.refuse(401, "no basic auth credentials") end
  local entry = find(reference)
  if not entry then shared.refuse(404, "manifest unknown: manifest unknown") end
  return { json = {
    Descriptor = { mediaType = "application/vnd.docker.distribution.manifest.v2+json", digest = entry.digest, size = 528 },
    Platforms = { { architecture = "amd64", os = "linux" } },
  } }
end)

engine.route("POST", "/auth", function(request)
  local host = request.json.serveraddress:gsub("^https?://", ""):gsub("/.*$", "")
  if not knows(host, request.json) then
    shared.refuse(500, "login attempt to http://%s/v2/ failed with status: 401 Unauthorized", host)
  end
  return { json = { Status = "Login Succeeded", IdentityToken = "" } }
end)

return M
