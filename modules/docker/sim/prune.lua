-- SPDX-License-Identifier: Apache-2.0
-- What a simulated engine removes where nothing uses it.
local sim, shared, engine = ...
local duration = require("time").duration
local images = engine.part "images"

local function old_enough(created, value) return sim.now() - created >= duration(value) end

local function with_labels(labels_of)
  return {
    label = function(item, value) return shared.has_label(labels_of(item), value) end,
    ["until"] = function(item, value) return old_enough(item.created, value) end,
    dangling = function() return true end,
  }
end

local function used(image)
  for _, container in ipairs(engine.containers) do
    if container.image == image then return true end
  end
  return false
end

engine.route("POST", "/images/prune", function(request)
  local all = (request.query.filters or ""):find('"dangling":%["false"%]') ~= nil
  local candidates, gone, freed = {}, {}, 0
  for _, id in ipairs(shared.sorted(engine.images)) do
    local image = engine.images[id]
    if not used(image) and (all or #images.tags(image) == 0) then candidates[#candidates + 1] = image end
  end
  local known = with_labels(function(image) return image.config.Labels end)
  for _, image in ipairs(shared.filtered(candidates, request.query.filters, known)) do
    for _, tag in ipairs(images.tags(image)) do
      engine.tags[tag] = nil
      gone[#gone + 1] = { Untagged = tag }
    end
    engine.images[image.id] = nil
    gone[#gone + 1], freed = { Deleted = image.id }, freed + image.size
  end
  return { json = { ImagesDeleted = #gone > 0 and gone or shared.null, SpaceReclaimed = freed } }
end)

engine.route("POST", "/containers/prune", function(request)
  local candidates, gone = {}, {}
  for _, container in ipairs(engine.containers) do
    if container.status == "created" or container.status == "exited" then candidates[#candidates + 1] = container end
  end
  local known = with_labels(function(container) return container.config.Labels end)
  for _, container in ipairs(shared.filtered(candidates, request.query.filters, known)) do
    engine.remove_container(container)
    gone[#gone + 1] = container.id
  end
  return { json = { ContainersDeleted = #gone > 0 and gone or shared.null, SpaceReclaimed = 0 } }
end)

engine.route("POST", "/networks/prune", function(request)
  local candidates, gone = {}, {}
  for _, network in ipairs(engine.networks) do
    if not network.predefined and #engine.part("networks").members(network) == 0 then candidates[#candidates + 1] = network end
  end
  local known = with_labels(function(network) return network.labels end)
  for _, network in ipairs(shared.filtered(candidates, request.query.filters, known)) do
    for at, other in ipairs(engine.networks) do
      if other == network then table.remove(engine.networks, at) break end
    end
    gone[#gone + 1] = network.name
  end
  return { json = { NetworksDeleted = #gone > 0 and gone or shared.null } }
end)
