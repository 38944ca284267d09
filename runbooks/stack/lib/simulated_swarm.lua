-- SPDX-License-Identifier: Apache-2.0
-- A swarm of one node that has the images app:1, app:2 and db:1, and a stack file.
local FILE = [[
services:
  web:
    image: app:${TAG:-1}
    secrets: [token]
    configs: [{ source: conf, target: /etc/site.conf }]
    deploy: { replicas: 2 }
  db: { image: "db:1" }
secrets: { token: { file: token.txt } }
configs: { conf: { file: site.conf } }
]]

return function(simulate)
  local image = { command = { "/app" } }
  return simulate {
    machine = { files = { ["/srv/site/stack.yml"] = FILE, ["/srv/site/token.txt"] = "secret words", ["/srv/site/site.conf"] = "a = 1\n" } },
    docker = { swarm = true, images = { ["app:1"] = image, ["app:2"] = { command = { "/app", "2" } }, ["db:1"] = image } },
  }
end
