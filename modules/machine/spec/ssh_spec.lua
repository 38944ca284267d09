-- SPDX-License-Identifier: Apache-2.0
-- The contract over SSH: on the server that RUNBOOK_TEST_SSH names, as its root and as somebody who becomes root there.
local contract = require "contract"
local machine = require "machine"

local address = test_environment "SSH"
if not address then
  describe("a machine over SSH", function() pending "RUNBOOK_TEST_SSH names no server" end)
  return
end

local OPTIONS = { identity = test_environment "SSH_KEY", known_hosts = test_environment "SSH_KNOWN_HOSTS", config = false }
local rooms = 0

local function room(over_there)
  rooms = rooms + 1
  local directory = ("%s/%d"):format(test_environment "SSH_DIRECTORY", rooms)
  over_there:directory_create(directory)
  return over_there, directory, temp_directory()
end

contract("a machine over SSH", function() return room(machine.ssh("root@" .. address, OPTIONS)) end)
contract("a machine over SSH with sudo", function() return room(machine.ssh("ops@" .. address, OPTIONS):sudo()) end)
