-- SPDX-License-Identifier: Apache-2.0
-- What an engine does with containers: names, lists, mounts, ports, and what it refuses.
local http = require "http"
local machine = require "machine"
local subject = require "subject"

describe("containers", function()
  local engine
  before_each(function() engine = subject.begin() end)
  after_each(subject.finish)

  local function refused(status, words, ...)
    local got, said = subject.request(...)
    assert.are.equal(words, said)
    assert.are.equal(status, got)
  end

  it("have names of their own", function()
    subject.start("spec-a", "sleeper")
    engine:container_create(subject.container("spec-b", "sleeper"))
    refused(409, 'Conflict. The container name "/spec-a" is already in use by container "ID". You have to remove (or rename) that '
      .. "container to be able to reuse that name.", "POST", "/containers/create?name=spec-a", { Image = "spec:1", Cmd = { "x" } })
    refused(400, "Invalid container name (a), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed", "POST", "/containers/create?name=a",
      { Image = "spec:1", Cmd = { "x" } })
    refused(400, "Neither old nor new names may be empty", "POST", "/containers/spec-a/rename?name=")
    refused(400, "Renaming a container with the same name as its current name", "POST", "/containers/spec-a/rename?name=spec-a")
    refused(409, 'Error when allocating new name: Conflict. The container name "/spec-b" is already in use by container "ID". You have to '
      .. "remove (or rename) that container to be able to reuse that name.", "POST", "/containers/spec-a/rename?name=spec-b")
    engine:container_rename("spec-a", "spec-c")
    assert.is_nil(engine:container_find "spec-a")
    assert.is_true(engine:container_get("spec-c").running)
  end)

  it("are refused where their description is wrong", function()
    local function create(words, body, status)
      refused(status or 400, words, "POST", "/containers/create?name=spec-x", body)
    end
    create("No such image: nothere:1", { Image = "nothere:1" }, 404)
    create("No command specified", { Image = "spec:1" })
    create("invalid restart policy 'maybe'", { Image = "spec:1", Cmd = { "x" }, HostConfig = { RestartPolicy = { Name = "maybe" } } })
    create("Minimum memory limit allowed is 6MB", { Image = "spec:1", Cmd = { "x" }, HostConfig = { Memory = 100 } })
    create("the working directory 'here' is invalid, it needs to be an absolute path",
      { Image = "spec:1", Cmd = { "x" }, WorkingDir = "here" })
    create('error looking up logging plugin none-such: plugin "none-such" not found',
      { Image = "spec:1", Cmd = { "x" }, HostConfig = { LogConfig = { Type = "none-such" } } })
    create('invalid mount config for type "bind": bind source path does not exist: /no/such/path',
      { Image = "spec:1", Cmd = { "x" }, HostConfig = { Mounts = { { Type = "bind", Source = "/no/such/path", Target = "/x" } } } })
    create("Duplicate mount point: /x", { Image = "spec:1", Cmd = { "x" }, HostConfig = { Mounts = {
      { Type = "tmpfs", Target = "/x" }, { Type = "tmpfs", Target = "/x" },
    } } })
    assert.is_nil(engine:container_find "spec-x")
  end)

  it("that are not there are not found", function()
    for _, request in ipairs { { "GET", "/json" }, { "POST", "/start" }, { "POST", "/stop" }, { "POST", "/restart" }, { "DELETE", "" },
      { "POST", "/rename?name=xx" }, { "GET", "/logs?stdout=1" }, { "POST", "/wait" } } do
      refused(404, "No such container: nothere", request[1], "/containers/nothere" .. request[2])
    end
    refused(404, "No such container: nothere", "POST", "/containers/nothere/exec", { Cmd = { "x" } })
    refused(404, "Cannot kill container: nothere: No such container: nothere", "POST", "/containers/nothere/kill")
    refused(404, "No such exec instance: nothere", "GET", "/exec/nothere/json")
    refused(404, "page not found", "GET", "/nothere")
  end)

  it("that run are not removed without force", function()
    subject.start("spec-a", "sleeper")
    refused(409, "You cannot remove a running container ID. Stop the container before attempting removal or force remove", "DELETE",
      "/containers/spec-a")
    assert.are.equal(204, (subject.request("DELETE", "/containers/spec-a?force=1")))
    assert.is_false(engine:container_remove("spec-a").changed)
  end)

  it("answer with 304 where there is nothing to do", function()
    subject.start("spec-a", "sleeper")
    assert.are.equal(304, (subject.request("POST", "/containers/spec-a/start")))
    assert.is_true(engine:container_stop("spec-a").changed)
    assert.are.equal(304, (subject.request("POST", "/containers/spec-a/stop")))
    assert.is_false(engine:container_stop("spec-a").changed)
    refused(409, "Container ID is not running", "POST", "/containers/spec-a/exec", { Cmd = { "x" } })
    refused(409, "Cannot kill container: spec-a: Container ID is not running", "POST", "/containers/spec-a/kill")
    refused(400, "Bad parameters: you must choose at least one stream", "GET", "/containers/spec-a/logs")
  end)

  it("are listed by what they are, the newest first", function()
    subject.start("spec-a", "sleeper", { labels = { role = "a" } })
    engine:container_create(subject.container("spec-b", "sleeper", { labels = { role = "b" }, volumes = { "spec-data:/data" } }))
    local function names(options)
      local out = {}
      for _, container in ipairs(engine:container_list(options)) do out[#out + 1] = container.name end
      return table.concat(out, " ")
    end
    assert.are.equal("spec-b spec-a", names {})
    assert.are.equal("spec-a", names { state = "running" })
    assert.are.equal("spec-b", names { state = "created" })
    assert.are.equal("spec-b", names { labels = { role = "b" } })
    assert.are.equal("spec-b", names { volume = "spec-data" })
    assert.are.equal("spec-b spec-a", names { network = "spec" })
    assert.are.equal("", names { network = "none-such" })
    assert.are.equal("spec-b spec-a", names { image = "spec:1" })
    assert.are.equal("", names { image = "none-such" })
    refused(400, "Invalid filter 'status=bogus'", "GET", "/containers/json?filters=%7B%22status%22%3A%5B%22bogus%22%5D%7D")
    refused(400, "Invalid filter 'bogus'", "GET", "/containers/json?filters=%7B%22bogus%22%3A%5B%22x%22%5D%7D")
    local _, _, rows = subject.request("GET", "/containers/json")
    assert.are.equal(1, #rows)
  end)

  it("are what their image says where nobody says otherwise", function()
    local context = subject.context('ENV A=1 B="2 3"\nLABEL of=image\nWORKDIR /www\nEXPOSE 80 90/udp\nUSER 1\nVOLUME /kept\n'
      .. 'ENTRYPOINT ["/bin/busybox"]\nCMD ["sleep", "1000"]\n')
    engine:image_ensure { tag = "spec-own:1", context = context }
    engine:container_create { name = "spec-a", image = "spec-own:1", env = { B = "mine" }, labels = { mine = "yes" } }
    local raw = engine:container_get("spec-a").raw
    assert.are.equal("/bin/busybox sleep 1000", raw.Path .. " " .. table.concat(raw.Args, " "))
    table.sort(raw.Config.Env)
    assert.are.same({ "A=1", "B=mine", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" }, raw.Config.Env)
    assert.are.equal("image", raw.Config.Labels.of)
    assert.are.equal("yes", raw.Config.Labels.mine)
    assert.are.equal("/www 1 SIGKILL", raw.Config.WorkingDir .. " " .. raw.Config.User .. " " .. raw.Config.StopSignal)
    assert.is_not_nil(raw.Config.ExposedPorts["90/udp"])
    assert.are.equal("/kept", raw.Mounts[1].Destination)
    assert.are.equal(1, #engine:volume_list())
    engine:container_remove("spec-a", { volumes = true })
    assert.are.equal(0, #engine:volume_list())
  end)

  it("see the machine's files through their mounts", function()
    local directory = subject.directory "shared"
    machine.here():write(directory .. "/note", "from outside\n")
    subject.start("spec-a", "sleeper", { volumes = { directory .. ":/shared:ro", "spec-data:/data" } })
    assert.are.equal("from outside\n", engine:container_exec("spec-a", { "/bin/busybox", "cat", "/shared/note" }).stdout)
    machine.here():write(directory .. "/note", "changed\n")
    assert.are.equal("changed\n", engine:container_exec("spec-a", { "/bin/busybox", "cat", "/shared/note" }).stdout)
    local mounts = engine:container_get("spec-a").mounts
    table.sort(mounts, function(a, b) return a.target < b.target end)
    assert.are.same({ "spec-data", false }, { mounts[1].source, mounts[1].readonly })
    assert.are.same({ directory, true }, { mounts[2].source, mounts[2].readonly })
  end)

  it("are reached through a published port as long as they run", function()
    subject.start("spec-a", "web", { ports = { "127.0.0.1::80" } })
    local port = engine:container_get("spec-a").ports[1]
    assert.are.equal("80 127.0.0.1", port.container .. " " .. port.address)
    local url = ("http://127.0.0.1:%d/"):format(port.host)
    assert.are.equal("hello\n", http.get(url .. "page", { timeout = "5s" }).body)
    assert.are.equal(404, http.fetch(url .. "nothing").status)
    engine:container_stop "spec-a"
    assert.are.same({}, engine:container_get("spec-a").ports)
    assert.are.equal("http.connect", (subject.failure(http.fetch, url .. "page", { timeout = "2s" })))
  end)

  it("do not start on a port that another one has", function()
    subject.start("spec-a", "web", { ports = { "127.0.0.1::80" } })
    local port = engine:container_get("spec-a").ports[1].host
    engine:container_create(subject.container("spec-b", "web", { ports = { ("127.0.0.1:%d:80"):format(port) } }))
    refused(500, "driver failed programming external connectivity on endpoint spec-b (ID): Bind for 127.0.0.1:" .. port
      .. " failed: port is already allocated", "POST", "/containers/spec-b/start")
    local seen = engine:container_get "spec-b"
    assert.are.equal("created 128", seen.state .. " " .. seen.exit_code)
    engine:container_stop "spec-a"
    assert.is_true(engine:container_start("spec-b").changed)
  end)

  it("do not start without their program, network or directory", function()
    engine:container_create(subject.container("spec-a", "nothing"))
    refused(400, "failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: "
      .. 'exec: "/nothere": stat /nothere: no such file or directory: unknown', "POST", "/containers/spec-a/start")
    assert.are.equal(127, engine:container_get("spec-a").exit_code)
    engine:container_create(subject.container("spec-b", "sleeper", { networks = { "spec-none" } }))
    refused(404, "network spec-none not found", "POST", "/containers/spec-b/start")
    assert.are.equal("network spec-none not found", engine:container_get("spec-b").error)
    engine:volume_create("spec-lost", { options = { type = "none", o = "bind", device = "/no/such/path" } })
    engine:container_create(subject.container("spec-c", "sleeper", { volumes = { "spec-lost:/data" } }))
    local status, words = subject.request("POST", "/containers/spec-c/start")
    assert.are.equal(500, status)
    assert.matches("failed to mount local volume: mount /no/such/path:.*: no such file or directory$", words)
  end)
end)
