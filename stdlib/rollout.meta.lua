-- SPDX-License-Identifier: Apache-2.0
---@meta rollout

---One thing done on many hosts, in batches, with a canary, and no further when too many have failed.
local rollout = {}

---@class rollout.Options
---@field title? string                   What is done; the steps of a host are below "TITLE[HOST]". Default: "hosts".
---@field limit? integer                  How many hosts at once; --forks makes it fewer. Default: that of --forks, else 50.
---@field batches? (integer|string)[]     Sizes of the batches, as numbers or as "10%" of all; the last one repeats. Default: all at once.
---@field canary? integer|string          Size of a first batch in which no host may fail.
---@field max_failures? integer|string    How many hosts may fail, as a number or as "10%" of all: with one more, no further host begins. Default: any number.
---@field timeout? number|string          Time that a host may take, in seconds or as "5m". Default: none.
---@field between? function               Called with the number of the batch and how many there are, when it has ended well enough and another follows: to wait, or to look whether all is well. In a dry run it does not wait, and what it raises is told and no failure.
---@field undo? function                  Takes a host's part back, see rb.step. Default: `rb.revert`.
---@field key? function                   Gives the name of an item. Default: its `name`, or the item itself.
---@field collect? boolean                Whether failures are given as `error` and not raised. Default: false.

---@class rollout.Report
---@field total integer             How many hosts there are.
---@field ok integer                Hosts on which nothing had to be changed.
---@field changed integer           Hosts that were changed.
---@field failed integer            Hosts that failed.
---@field unreachable integer       Hosts to which there was no connection.
---@field skipped integer           Hosts that were not begun.
---@field why? string               Why they were not.
---@field results table<string, any> What the function gave, by host.
---@field hosts table[]             {host, state, changed, seconds, error} of each, in order.
---@field error? any                With `collect`: the error that would have been raised.

---Runs a function for each host, at most `limit` at once.
---
---A host that fails stops no other. Once more than `max_failures` have failed, or one of the canary, or all of a batch, no
---further host begins, and those that have begun end. What became of each host is told at the end, and in the event
---`rollout.end`. A run with failed hosts ends with exit code 4, or with 1 where no host succeeded; `runbook resume` takes up
---the hosts that are not done, and ends in `rollout.partial` while it is not given all of them. Each host's part is a step, so
---what the function gives is plain data. An error that concerns the run and not a host (`plan.mismatch`, `limit.*`, `confirm.*`)
---stops it, and is raised as it is.
---
---Errors: `rollout.partial`, `rollout.failed`, `inventory.empty`, `argument.invalid`, `limit.tasks`, `plan.mismatch`; where
---permissions are missing on every host, `permission.denied`.
---Permission: none. Waits: yes. Since: 0.1.
---Source: runbook's own.
---
---```lua
---rollout.run(hosts, { title = "update", canary = 1, batches = { "10%", "50%" }, max_failures = "5%" }, function(host)
---  host:machine():file_ensure { path = "/etc/motd", content = "welcome\n" }
---end)
---```
---@param hosts any[]              Hosts of an inventory, machines or names.
---@param options rollout.Options  Options; may be left out.
---@param run function             Given a host and its index.
---@return rollout.Report report   What became of them.
function rollout.run(hosts, options, run) end

return rollout
