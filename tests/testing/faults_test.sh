#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# `runbook test --faults`: what is not safe is found and named, what is safe is not.
. "$(dirname "$0")/../support/tap.sh"

# runbook_of <name> <body of run>: a runbook and a spec that says it survives being broken off.
runbook_of() {
  cat >"$tmp/$1.lua" <<LUA
local rb = require "runbook"
local machine = require "machine"
return rb.runbook {
  summary = "$1",
  secrets = { "TOKEN" },
  permissions = { read = { "/srv" }, write = { "/srv" }, secret = { "TOKEN" } },
  lock = "$1",
  run = function()
    local here = machine.here()
    $2
  end,
}
LUA
  cat >"$tmp/$1_spec.lua" <<LUA
survives("$1", {
  file = "$1.lua",
  world = function() return simulate { secrets = { TOKEN = "correct horse" }, machine = { files = { ["/srv/app"] = { directory = true } } } } end,
})
LUA
}

faults() { "$RUNBOOK" test --faults "$tmp/$1.lua" >"$tmp/out" 2>&1; }
fails_with() {
  status=0
  faults "$2" || status=$?
  cat "$tmp/out"
  [ "$status" -eq "$1" ]
}
says() { grep -F -e "$1" "$tmp/out"; }

runbook_of safe '
    rb.step("write", { undo = rb.revert }, function() here:file_ensure { path = "/srv/app/a", content = "1" } end)
    rb.step("link", { undo = rb.revert }, function() here:link_ensure { path = "/srv/app/b", to = "a" } end)'
check "a safe runbook passes every case" faults safe
check "there are three cases for each of its changes, and two more" test "$(grep -c '^  ok' "$tmp/out")" -eq 8

runbook_of twice '
    rb.step("count", { idempotent = true, undo = rb.revert }, function()
      if here:find("/srv/app/done") == nil then here:append("/srv/app/log", "once\n") end
      here:file_ensure { path = "/srv/app/done", content = "" }
    end)'
check "a step that does its work twice when it is resumed is not safe" fails_with 8 twice
check "the change is named" says "stopped dead after change 1, append to '/srv/app/log' (step 'count')"
check "what became of it, too" says "files./srv/app/log.content"
check "with the line of the spec" says "twice_spec.lua:1"

runbook_of asks '
    rb.step("count", { undo = rb.revert }, function()
      if here:find("/srv/app/log") == nil then here:append("/srv/app/log", "once\n") end
    end)'
check "a change that nobody can tell about afterwards is not safe" fails_with 8 asks
check "that is said" says "cannot tell whether it happened"

runbook_of grows '
    rb.step("grow", { undo = rb.revert, idempotent = true }, function() here:append("/srv/app/log", "again\n") end)'
check "a runbook whose second run changes something is not safe" fails_with 8 grows
check "what it changes is named" says "changes something again: append to '/srv/app/log'"

runbook_of left '
    rb.step("write", { undo = function() end }, function() here:file_ensure { path = "/srv/app/a", content = "1" } end)'
check "an undo that undoes nothing is not safe" fails_with 8 left
check "what it leaves is named" says "files./srv/app/a: is there, and was not to be"

runbook_of leaks '
    rb.step("write", { undo = rb.revert }, function()
      here:file_ensure { path = "/srv/app/a", content = "1" }
      print("correct" .. " horse")
    end)'
check "printing a secret that the runbook knows by heart shows stars, so nothing leaks" faults leaks

runbook_of nothing '
    rb.step("look", function() here:find("/srv/app/a") end)'
check "a run that changes nothing shows nothing, and does not pass" fails_with 8 nothing

# The step makes another container each time that it runs.
cat >"$tmp/second.lua" <<'LUA'
local rb = require "runbook"
local docker = require "docker"
return rb.runbook {
  summary = "second",
  permissions = { docker = { "unix:///var/run/docker.sock" } },
  run = function()
    local engine = docker.connect()
    rb.step("start", { idempotent = true, undo = rb.revert }, function()
      engine:container_create { name = "app-" .. #engine:container_list {} + 1, image = "app:1" }
    end)
  end,
}
LUA
cat >"$tmp/second_spec.lua" <<'LUA'
survives("second", {
  file = "second.lua",
  idempotent = false,
  world = function() return simulate { docker = { images = { ["app:1"] = { command = { "/app" } } } } } end,
})
LUA
check "a step whose second run makes a second container is not safe" fails_with 8 second
check "the change, and the container, are named" says "stopped dead after change 1, create container 'app-1'"
check "and what is there too much" says "app-2"

# What happens on another machine counts, too.
cat >"$tmp/elsewhere.lua" <<'LUA'
local rb = require "runbook"
local machine = require "machine"
return rb.runbook {
  summary = "elsewhere",
  permissions = { ssh = { "web1", "web2" } },
  run = function()
    rb.step("one", { undo = rb.revert }, function() machine.ssh("web1"):file_ensure { path = "/srv/a", content = "1" } end)
    rb.step("two", { undo = function() end }, function() machine.ssh("web2"):file_ensure { path = "/srv/a", content = "1" } end)
  end,
}
LUA
cat >"$tmp/elsewhere_spec.lua" <<'LUA'
survives("elsewhere", { file = "elsewhere.lua", world = function() return simulate { machines = { web1 = {}, web2 = {} } } end })
LUA
check "an undo that leaves something on another machine is not safe" fails_with 8 elsewhere
check "the machine is named" says "machines.web2.files./srv/a: is there, and was not to be"

cp "$tmp/safe.lua" "$tmp/alone.lua"
check "a runbook without a spec is named" fails_with 2 alone
