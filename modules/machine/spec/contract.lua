-- SPDX-License-Identifier: Apache-2.0
-- The contract of machines, as a runbook sees them, wherever they are.
--
--   contract(name, make, lacks)   make() -> the machine, an empty directory on it, and one on this computer where that is
--                                 another; lacks = { accounts = true }: what cannot be there
local machine = require "machine"
local rb = require "runbook"

return function(place, make, lacks)
  lacks = lacks or {}
  describe(place, function()
    local here, dir, beside

    before_each(function()
      here, dir, beside = make()
      beside = beside or dir
    end)

    local function refused(code, fn)
      local result, err = rb.try(fn)
      assert.is_nil(result)
      assert.equal(code, err.code)
      return err
    end

    it("writes, reads and removes files", function()
      here:write(dir .. "/f", "a\0b\n", { mode = "0640" })
      assert.equal("a\0b\n", here:read(dir .. "/f"))
      assert.equal("0640", here:stat(dir .. "/f").mode)
      here:append(dir .. "/f", "c")
      assert.equal(5, here:stat(dir .. "/f").size)
      here:copy(dir .. "/f", dir .. "/g")
      here:rename(dir .. "/g", dir .. "/h")
      assert.equal(here:checksum(dir .. "/f"), here:checksum(dir .. "/h"))
      assert.equal(2, #here:list(dir))
      here:remove(dir .. "/f")
      assert.is_nil(here:find(dir .. "/f"))
      refused("machine.not_found", function() return here:read(dir .. "/f") end)
    end)

    it("reads a file as a secret where it is told to", function()
      here:write(dir .. "/key", "hidden words\n")
      local key = here:read(dir .. "/key", { secret = true })
      assert.equal("***", tostring(key))
      here:write(dir .. "/copy", key)
      assert.equal("hidden words\n", here:read(dir .. "/copy"))
    end)

    it("ensures a file, once", function()
      local _, changed = here:file_ensure { path = dir .. "/f", content = "a\n", mode = "0600" }
      assert.equal(true, changed)
      _, changed = here:file_ensure { path = dir .. "/f", content = "a\n", mode = "0600" }
      assert.equal(false, changed)
      _, changed = here:file_ensure { path = dir .. "/f", mode = "0644" }
      assert.equal(true, changed)
      assert.equal("a\n", here:read(dir .. "/f"))
    end)

    it("ensures directories and links", function()
      here:directory_ensure { path = dir .. "/releases/1", mode = "0750" }
      here:link_ensure { path = dir .. "/current", to = "releases/1" }
      local _, changed = here:link_ensure { path = dir .. "/current", to = "releases/1" }
      assert.equal(false, changed)
      assert.equal("releases/1", here:stat(dir .. "/current", { follow = false }).target)
      refused("machine.not_regular", function() return here:file_ensure { path = dir .. "/current", content = "x" } end)
    end)

    it("ensures lines", function()
      local path = dir .. "/config"
      here:write(path, "# settings\n#port 80\nuser app\n")
      here:line_ensure { path = path, match = "^#?port ", line = "port 8080" }
      here:line_ensure { path = path, line = "group app", after = "^user " }
      here:line_ensure { path = path, match = "^#", state = "absent" }
      assert.equal("port 8080\nuser app\ngroup app\n", here:read(path))
      local _, changed = here:line_ensure { path = path, line = "group app" }
      assert.equal(false, changed)
    end)

    it("ensures files from templates", function()
      machine.here():write(beside .. "/source", "port = {{ port }}\n")
      local _, changed = here:template_ensure { path = dir .. "/f", source = beside .. "/source", values = { port = 8080 } }
      assert.equal(true, changed)
      assert.equal("port = 8080\n", here:read(dir .. "/f"))
      _, changed = here:template_ensure { path = dir .. "/f", template = "port = {{ port }}\n", values = { port = 8080 } }
      assert.equal(false, changed)
      refused("argument.invalid", function() return here:template_ensure { path = dir .. "/f" } end)
    end)

    it("runs programs without a shell", function()
      local lines = {}
      local result = here:run({ "sh", "-c", 'cat; echo "$1" "$NAME"', "sh", "a b; c" }, {
        stdin = "in\n",
        env = { NAME = "$x" },
        on_line = function(event) lines[#lines + 1] = event.line end,
      })
      assert.equal("in\na b; c $x\n", result.stdout)
      assert.same({ "in", "a b; c $x" }, lines)
      local err = refused("machine.exit", function() return here:run { "sh", "-c", "echo why >&2; exit 3" } end)
      assert.equal("3", err.context.exit_code)
      assert.equal("why", err.context.output)
      assert.equal(3, here:query({ "sh", "-c", "exit 3" }, { check = false }).code)
      refused("machine.timeout", function() return here:run({ "sh", "-c", "sleep 100" }, { timeout = "200ms" }) end)
    end)

    it("keeps names and contents as they are", function()
      local name = "-n \n'\"$(x)\\\xff"
      here:write(dir .. "/" .. name, name)
      assert.equal(name, here:read(dir .. "/" .. name))
      assert.equal(name, here:list(dir)[1].name)
    end)

    it("says what differs", function()
      here:write(dir .. "/f", "one\n")
      local seen = here:file_verify(dir .. "/f", { content = "two\n", mode = "0600" })
      assert.equal(false, seen.same)
      assert.matches("%-one\n%+two\n", seen.diff)
      assert.matches("mode 0644 %-> 0600", seen.diff)
      assert.equal("absent", here:file_verify(dir .. "/no", { content = "x" }).type)
    end)

    local function make_tree()
      local computer = machine.here()
      computer:directory_ensure { path = beside .. "/from/d" }
      computer:write(beside .. "/from/a", "a\n")
      computer:write(beside .. "/from/d/b", "b\n")
      return beside .. "/from", dir .. "/to"
    end

    it("sends and fetches a file, once", function()
      local from = make_tree() .. "/a"
      local file, changed = here:upload(from, dir .. "/up", { mode = "0640" })
      assert.equal(true, changed)
      assert.equal(2, file.size)
      assert.equal("a\n", here:read(dir .. "/up"))
      assert.equal("0640", here:stat(dir .. "/up").mode)
      file, changed = here:upload(from, dir .. "/up", { mode = "0640" })
      assert.equal(false, changed)
      assert.equal(here:checksum(dir .. "/up"), file.sha256)
      for _, expected in ipairs { true, false } do
        file, changed = here:download(dir .. "/up", beside .. "/down")
        assert.equal(expected, changed)
        assert.equal(2, file.size)
      end
      assert.equal("a\n", machine.here():read(beside .. "/down"))
    end)

    it("makes a tree like one here, and removes only when it is told to", function()
      local from, to = make_tree()
      local done, changed = here:sync(from, to)
      assert.equal(true, changed)
      assert.same({ "a", "d", "d/b" }, done.added)
      assert.equal("b\n", here:read(to .. "/d/b"))
      here:write(to .. "/only there", "")
      done, changed = here:sync(from, to)
      assert.equal(false, changed)
      assert.equal(0, done.removed)
      done, changed = here:sync(from, to, { delete = true })
      assert.equal(true, changed)
      assert.equal(1, done.removed)
      assert.is_nil(here:find(to .. "/only there"))
    end)

    it("does not put a file in the place of a directory unless it is told to", function()
      local from, to = make_tree()
      here:directory_ensure { path = to .. "/a" }
      refused("machine.exists", function() return here:sync(from, to) end)
      here:sync(from, to, { delete = true })
      assert.equal("a\n", here:read(to .. "/a"))
    end)

    it("keeps a process by its name", function()
      local wanted = { name = "spec-sleep", argv = { "sleep", "100" }, log = dir .. "/log" }
      local first, changed = here:process_ensure(wanted)
      assert.equal(true, changed)
      local again
      again, changed = here:process_ensure(wanted)
      assert.equal(false, changed)
      assert.equal(first.pid, again.pid)
      wanted.argv = { "sleep", "101" }
      assert.equal(false, here:process_ensure(wanted).pid == first.pid)
      here:process_stop "spec-sleep"
      assert.is_nil(here:process_find "spec-sleep")
    end)

    if lacks.accounts then return end

    it("has accounts and packages that can be asked for", function()
      local function ask(argv) return here:query(argv, { check = false }) end
      assert.equal("root", ask({ "getent", "passwd", "root" }).stdout:match("^[^:]*"))
      assert.equal(2, ask({ "getent", "passwd", "no-such-user" }).code)
      assert.equal("0\n", ask({ "id", "-u", "root" }).stdout)
      assert.equal(1, ask({ "id", "no-such-user" }).code)
      assert.equal("install ok installed", ask({ "dpkg-query", "-W", "-f", "${Status}", "base-files" }).stdout)
      local missing = ask { "dpkg-query", "-W", "no-such-package" }
      assert.same({ 1, "dpkg-query: no packages found matching no-such-package\n" }, { missing.code, missing.stderr })
    end)
  end)
end
