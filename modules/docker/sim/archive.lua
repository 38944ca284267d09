-- SPDX-License-Identifier: Apache-2.0
-- Images of a simulated engine as files: an archive with one file in it, which only a simulated engine reads.
local _, shared, engine = ...
local json = require "json"
local images, build = engine.part "images", engine.part "build"

local M = {}
local FILE = "simulated-images.json"

local function field(text, size) return text .. ("\0"):rep(size - #text) end

-- One entry of a tar archive: kind "0" is a file, "5" a directory, "2" a link.
function M.entry(name, content, options)
  options = options or {}
  local kind = options.kind or "0"
  local size = kind == "0" and #content or 0
  local prefix = ""
  if #name > 100 then prefix, name = name:match("^(.*)/(.-)$") end
  local header = field(name, 100) .. ("%07o\0"):format(options.mode or 420) .. ("%07o\0"):format(options.uid or 0)
    .. ("%07o\0"):format(options.gid or 0) .. ("%011o\0"):format(size) .. ("%011o\0"):format(options.modified or 0) .. "        " .. kind
    .. field(options.link or "", 100) .. "ustar\00000" .. ("\0"):rep(80) .. field(prefix, 155) .. ("\0"):rep(12)
  local sum = 0
  for at = 1, 512 do sum = sum + header:byte(at) end
  header = header:sub(1, 148) .. ("%06o\0 "):format(sum) .. header:sub(157)
  return header .. (size > 0 and content .. ("\0"):rep(-size % 512) or "")
end

M.ending = ("\0"):rep(1024)

-- The entries of an archive, in their order: { name, kind, mode, uid, gid, link, content }.
function M.entries(text)
  local out, at, long = {}, 1, {}
  while at + 511 <= #text do
    local header = text:sub(at, at + 511)
    local function word(from, to) return (header:sub(from, to):match("^[^\0]*")) end
    local function number(from, to) return tonumber(header:sub(from, to):match("[0-7]+") or "0", 8) end
    if word(1, 100) == "" then break end
    local kind, size = header:sub(157, 157), number(125, 136)
    local content = text:sub(at + 512, at + 511 + size)
    if kind == "x" then
      long = { name = content:match("%d+ path=([^\n]*)\n"), link = content:match("%d+ linkpath=([^\n]*)\n") }
    else
      local prefix = word(346, 500)
      out[#out + 1] = { name = long.name or (prefix ~= "" and prefix .. "/" or "") .. word(1, 100), kind = kind == "\0" and "0" or kind,
        mode = number(101, 108), uid = number(109, 116), gid = number(117, 124), link = long.link or word(158, 257), content = content }
      long = {}
    end
    at = at + 512 + math.ceil(size / 512) * 512
  end
  return out
end

engine.route("GET", "/images/get", function(request)
  local out = {}
  for _, name in ipairs(request.repeated.names or {}) do
    local image = images.find(name)
    if not image then shared.refuse(404, "No such image: %s", images.reference(name)) end
    local tag = engine.tags[images.reference(name)] and images.reference(name)
    out[#out + 1] = { id = image.id, config = image.config, created = image.created, size = image.size, tag = tag }
  end
  return { body = M.entry(FILE, json.encode(out)) .. M.ending, headers = { ["content-type"] = "application/x-tar" } }
end)

engine.route("POST", "/images/load", function(request)
  local text = build.unpack(request.body)[FILE]
  if not text then shared.refuse(500, "open /var/lib/docker/tmp/docker-import/repositories: no such file or directory") end
  local said = {}
  for _, item in ipairs(json.decode(text)) do
    local image = engine.images[item.id] or { id = item.id, config = item.config, created = item.created, size = item.size }
    engine.images[item.id] = image
    if item.tag then images.tag(image, item.tag) end
    local words = item.tag and "Loaded image: " .. item.tag or "Loaded image ID: " .. item.id
    said[#said + 1] = json.encode { stream = words .. "\n" } .. "\r\n"
  end
  return { body = table.concat(said) }
end)

engine.route("GET", "/images/{name...}/history", function(request)
  local image = images.get(request.args.name)
  return { json = { { Id = image.id, Created = math.floor(image.created), CreatedBy = "/bin/sh -c #(nop) COPY", Size = image.size,
    Tags = shared.list(images.tags(image)), Comment = "" } } }
end)

return M
