-- SPDX-License-Identifier: Apache-2.0
-- What a simulated engine tells of itself: its events, and what takes room.
local sim, shared, engine = ...
local json = require "json"

local M = {}
local MOST = 256  -- as many as an engine remembers

-- Notes what has happened: note("container", "start", id, { name = ... }).
function engine.note(kind, action, id, attributes)
  engine.events = engine.events or {}
  table.insert(engine.events, { at = sim.now(), kind = kind, action = action, id = id, attributes = attributes or {} })
  if #engine.events > MOST then
    table.remove(engine.events, 1)
    engine.forgotten = (engine.forgotten or 0) + 1
  end
end

function engine.note_container(container, action, more)
  local attributes = { name = container.name, image = container.config.Image }
  for _, map in ipairs { container.config.Labels or {}, more or {} } do
    for key, value in pairs(map) do attributes[key] = value end
  end
  engine.note("container", action, container.id, attributes)
end

local filters = {
  type = function(event, value) return event.kind == value end,
  event = function(event, value) return event.action == value end,
  container = function(event, value)
    return event.kind == "container" and (event.attributes.name == value or event.id:sub(1, #value) == value)
  end,
  network = function(event, value) return event.kind == "network" and (event.attributes.name == value or event.id == value) end,
  volume = function(event, value) return event.kind == "volume" and event.id == value end,
  image = function(event, value) return event.kind == "image" and event.id == value or event.attributes.image == value end,
  label = function(event, value) return shared.has_label(event.attributes, value) end,
}

local function line(event)
  return json.encode {
    Type = event.kind, Action = event.action, status = event.action, id = event.id, scope = "local",
    Actor = { ID = event.id, Attributes = event.attributes },
    time = math.floor(event.at), timeNano = math.floor(event.at * 1e9),
  } .. "\n"
end

engine.route("GET", "/events", function(request, emit)
  local since, til = tonumber(request.query.since), tonumber(request.query["until"])
  emit { status = 200, chunk = "" }
  local seen = 0
  while true do
    engine.settle()
    local total = (engine.forgotten or 0) + #(engine.events or {})
    local fresh = {}
    for at = seen + 1, total do
      local event = engine.events[at - (engine.forgotten or 0)]
      if event and (not since or event.at >= since) and (not til or event.at <= til) then fresh[#fresh + 1] = event end
    end
    seen = total
    for _, event in ipairs(shared.filtered(fresh, request.query.filters, filters)) do emit { chunk = line(event) } end
    if not til or sim.now() >= til then return { status = 200 } end
    sim.sleep(math.min(0.05, til - sim.now()))
  end
end)

engine.route("GET", "/system/df", function()
  local images, containers, volumes, layers = {}, {}, {}, 0
  for _, id in ipairs(shared.sorted(engine.images)) do
    local image, users = engine.images[id], 0
    for _, container in ipairs(engine.containers) do users = users + (container.image == image and 1 or 0) end
    layers = layers + image.size
    images[#images + 1] = { Id = id, Size = image.size, SharedSize = 0, Containers = users,
      RepoTags = shared.list(engine.part("images").tags(image)) }
  end
  for _, container in ipairs(engine.containers) do
    containers[#containers + 1] = { Id = container.id, Names = { "/" .. container.name }, State = container.status, SizeRw = 0 }
  end
  for _, volume in ipairs(engine.part("volumes").all()) do
    volumes[#volumes + 1] = { Name = volume.name, UsageData = { Size = 0, RefCount = #engine.part("volumes").users(volume.name) } }
  end
  return { json = { LayersSize = layers, Images = shared.list(images), Containers = shared.list(containers), Volumes = shared.list(volumes),
    BuildCache = shared.list() } }
end)

return M
