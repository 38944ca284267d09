-- SPDX-License-Identifier: Apache-2.0
-- An editor for each student: a service of its own, on one node, with the student's files on a volume there.
local site = require "site"

local M = {}

function M.name(uid) return "editor-" .. uid end

-- The service as the Engine API has it.
function M.spec(p, uid, node)
  local name = M.name(uid)
  return {
    Name = name,
    Labels = { [site.SITE] = p.stack, [site.ROLE] = "editor", [site.HOST] = node },
    TaskTemplate = {
      ContainerSpec = {
        Image = ("%s/danake-editor:%s"):format(p.registry, p.release),
        Hostname = name,
        Labels = { [site.SITE] = p.stack, [site.ROLE] = "editor" },
        Mounts = {
          {
            Type = "volume", Source = name .. "-volume", Target = "/home/coder",
            VolumeOptions = { Labels = { [site.SITE] = p.stack, [site.ROLE] = "editor" } },
          },
        },
      },
      Placement = { Constraints = { "node.hostname==" .. node } },
      Networks = { { Target = site.network(p) } },
    },
    Mode = { Replicated = { Replicas = 1 } },
    EndpointSpec = { Mode = p.endpoint_mode },
  }
end

return M
