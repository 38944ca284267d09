-- SPDX-License-Identifier: Apache-2.0
-- What an engine does with images: built, named, imported, removed, and what it refuses.
local machine = require "machine"
local subject = require "subject"

describe("images", function()
  local engine
  before_each(function() engine = subject.begin() end)
  after_each(subject.finish)

  local function build(dockerfile, options)
    local spec = { tag = "spec-other:1", context = subject.context(nil, dockerfile) }
    for key, value in pairs(options or {}) do spec[key] = value end
    return engine:image_build(spec)
  end

  local function unbuilt(words, dockerfile, options)
    local code, said = subject.failure(build, dockerfile, options)
    assert.matches(words, said)
    assert.matches("^docker%.", code)
  end

  it("are what their Dockerfile says", function()
    local image = build('FROM scratch AS base\nARG V=1\nLABEL v=$V \\\n  "of the"="x y"\nENV A=b C="d e"\nCMD ["/x"]\n\n# more\n'
      .. 'FROM base\nHEALTHCHECK --interval=2s --retries=4 CMD ["/check", "me"]\nENTRYPOINT ["/y"]\n',
      { args = { V = 2 }, labels = { extra = "yes" } })
    local config = image.raw.Config
    assert.are.equal("2", image.labels.v)
    assert.are.equal("x y", image.labels["of the"])
    assert.are.equal("yes", image.labels.extra)
    assert.are.same({ "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "A=b", "C=d e" }, config.Env)
    assert.are.same({ "/y" }, config.Entrypoint)
    assert.is_true(config.Cmd == nil or config.Cmd == require("json").null)
    assert.are.same({ Test = { "CMD", "/check", "me" }, Interval = 2000000000, Retries = 4 }, config.Healthcheck)
  end)

  it("are not built of what is wrong", function()
    unbuilt("COPY failed: file not found in build context or excluded by .dockerignore: stat nofile: file does not exist",
      "FROM scratch\nCOPY nofile /x\n")
    unbuilt("dockerfile parse error line 2: unknown instruction: BOGUS", "FROM scratch\nBOGUS x\n")
    unbuilt("the Dockerfile %(Dockerfile%) cannot be empty", "")
    unbuilt("failed to parse Dockerfile: file with no instructions", "# nothing\n")
    unbuilt("no build stage in current context", "COPY page /x\n")
    unbuilt("Invalid containerPort: abc", "FROM scratch\nEXPOSE abc\n")
    unbuilt("invalid reference format: repository name must be lowercase", "FROM scratch\nCMD x\n", { tag = "UPPER:1" })
    unbuilt("The command '/bin/busybox sh %-c echo hi; exit 3' returned a non%-zero code: 3",
      'FROM scratch\nCOPY busybox /bin/busybox\nRUN ["/bin/busybox", "sh", "-c", "echo hi; exit 3"]\n')
    assert.is_nil(engine:image_find "spec-other:1")
  end)

  it("have as many names as they are given", function()
    local image = engine:image_tag("spec:1", "spec-other:2")
    assert.are.equal(engine:image_get("spec:1").id, image.id)
    assert.are.same({ "spec-other:2", "spec:1" }, image.tags)
    assert.are.equal(1, #engine:image_list { reference = "spec-other" })
    assert.are.equal(1, #engine:image_list { reference = "spec*:2" })
    assert.are.equal(0, #engine:image_list { reference = "none-such" })
    local status, words = subject.request("DELETE", "/images/" .. image.id)
    assert.are.same({ 409, "conflict: unable to delete ID (must be forced) - image is referenced in multiple repositories" },
      { status, words })
    local _, _, said = subject.request("DELETE", "/images/spec-other:2")
    assert.are.same({ { Untagged = "spec-other:2" } }, said)
    assert.is_not_nil(engine:image_find(image.id))
    assert.are.equal(image.id, engine:image_get(image.id:sub(8, 20)).id)
  end)

  it("that are not there are not found", function()
    local function refused(status, words, ...)
      local got, said = subject.request(...)
      assert.are.same({ status, words }, { got, said })
    end
    refused(404, "no such image: nothere: No such image: nothere:latest", "GET", "/images/nothere/json")
    refused(404, "No such image: nothere:2", "DELETE", "/images/nothere:2")
    refused(404, "No such image: nothere:2", "POST", "/images/nothere:2/tag?repo=x&tag=1")
    refused(400, "no such image: UP:1: invalid reference format: repository name must be lowercase", "GET", "/images/UP:1/json")
    refused(500, "invalid reference format: repository name must be lowercase", "POST", "/images/spec:1/tag?repo=UP&tag=1")
  end)

  it("are kept as long as containers are made of them", function()
    local id = engine:image_get("spec:1").id
    engine:container_create(subject.container("spec-a", "sleeper"))
    local function refused(words, path)
      local got, said = subject.request("DELETE", path)
      assert.are.same({ 409, words }, { got, said })
    end
    refused('conflict: unable to remove repository reference "spec:1" (must force) - container ID is using its referenced image ID',
      "/images/spec:1")
    refused("conflict: unable to delete ID (must be forced) - image is being used by stopped container ID", "/images/" .. id)
    engine:container_start "spec-a"
    refused("conflict: unable to delete ID (cannot be forced) - image is being used by running container ID",
      "/images/" .. id .. "?force=1")
    assert.are.equal("docker.conflict", (subject.failure(engine.image_remove, engine, "spec:1")))
    engine:image_remove("spec:1", { force = true })
    assert.is_nil(engine:image_find "spec:1")
    assert.are.same({}, engine:image_get(id).tags)
    assert.are.equal(id, engine:container_list({})[1].image)
  end)

  it("are imported from an archive", function()
    local archive = ("note" .. ("\0"):rep(96) .. "0000644\0" .. "0000000\0" .. "0000000\0" .. "00000000002\0" .. "00000000000\0")
    local header = archive .. "        " .. "0" .. ("\0"):rep(100) .. "ustar\00000" .. ("\0"):rep(247)
    local sum = 0
    for at = 1, 512 do sum = sum + header:byte(at) end
    header = header:sub(1, 148) .. ("%06o\0 "):format(sum) .. header:sub(157)
    local image = engine:image_import {
      tag = "spec-import:1", content = header .. "hi" .. ("\0"):rep(510) .. ("\0"):rep(1024), changes = { 'CMD ["/note"]', "ENV A=1" },
    }
    assert.are.same({ "spec-import:1" }, image.tags)
    assert.are.same({ "/note" }, image.raw.Config.Cmd)
    assert.matches("A=1", table.concat(image.raw.Config.Env, " "))
  end)

  it("are saved to a file and loaded from it", function()
    local path = subject.directory "saved" .. "/images.tar"
    local id = engine:image_get("spec:1").id
    local saved = engine:image_save({ "spec:1" }, { path = path })
    assert.are.equal(machine.here():stat(path).size, saved.size)
    engine:image_remove("spec:1", { force = true })
    local loaded = engine:image_load { path = path }
    assert.is_true(loaded.changed)
    assert.are.same({ "spec:1" }, loaded.images)
    assert.are.equal(id, engine:image_get("spec:1").id)
    assert.is_false(engine:image_load({ path = path }).changed)
    assert.are.equal("docker.not_found", (subject.failure(engine.image_save, engine, { "nothere:1" }, { path = path })))
    assert.are.equal(saved.size, machine.here():stat(path).size)
    machine.here():write(path, "no archive")
    assert.are.equal("docker.engine", (subject.failure(engine.image_load, engine, { path = path })))
  end)

  it("tell what they are made of", function()
    local layers = engine:image_history "spec:1"
    assert.is_true(#layers >= 1)
    assert.are.same({ "spec:1" }, layers[1].tags)
    assert.are.equal("docker.not_found", (subject.failure(engine.image_history, engine, "nothere:1")))
  end)

  it("without a name go when they are pruned", function()
    build("FROM scratch\nLABEL pruned=yes\n")
    local old = engine:image_get("spec-other:1").id
    build("FROM scratch\nLABEL pruned=yes again=1\n")
    local pruned = engine:image_prune { labels = { pruned = "yes" } }
    assert.is_true(pruned.changed)
    assert.are.equal(old, pruned.removed[1])  -- and with it, what the builder had made on the way
    assert.is_false(engine:image_prune({ labels = { pruned = "yes" } }).changed)
    assert.are.equal("spec-other:1", engine:image_prune({ all = true, labels = { pruned = "yes" } }).removed[1])
    assert.is_nil(engine:image_find "spec-other:1")
    assert.is_not_nil(engine:image_find "spec:1")
  end)
end)
