-- SPDX-License-Identifier: Apache-2.0
---@meta stack

---Stack files: the dialect of compose files that a swarm's stacks are written in.
local stack = {}

---@class stack.LoadOptions
---@field variables? table<string, string>  What `$NAME` stands for, and entries of an environment without a value. Default: none.
---@field lenient? boolean                  Warn where the docker CLI takes what is refused here. Default: false.

---@class stack.Model
---@field version string                   "3.0" to "3.13"; the newest one where the files have none.
---@field services table<string, table>    By name, as below.
---@field networks table<string, table>    What the files have on top, by key: `driver`, `driver_opts`, `ipam`, `external`, `name` ...
---@field volumes table<string, table>     Likewise.
---@field secrets table<string, table>     Likewise; `file` is absolute.
---@field configs table<string, table>     Likewise.
---@field warnings string[]                What is ignored, or is not what it seems: "stack.yml:5: ignoring unsupported option 'build'".

---Reads stack files, the later ones over the earlier ones.
---
---The dialect is that of `docker stack deploy`: compose files of version 3.0 to 3.13, or without a version. What was written
---in a short form is in its long form in the model: ports as `{ target, published, protocol, mode }`, volumes of services as
---`{ type, source, target, read_only, ... }`, secrets and configs as `{ source, target, uid, gid, mode }`, networks of
---services by name, labels and environments by name (`rb.null` is a variable without a value), commands in words, extra
---hosts as `{ host, address }`, times in nanoseconds, sizes in bytes, `cpus` in billionths of a processor. Defaults are not filled in.
---
---Names of a variable stand in values: `$NAME`, `${NAME}`, `${NAME:-default}`, `${NAME-default}`, `${NAME:?error}`, `${NAME?error}`,
---and `$$` for a dollar. They come from `variables` alone. One without a value is refused. Defaults may hold variables, and
---`${NAME:?must-be-set}` is an error where the name has no value: here the docker CLI reads something else.
---
---All that is wrong is told at once, with file and line: unknown keys, wrong types, and networks, volumes, secrets and configs
---that are not there. Refused as well, unless `lenient`, is what the docker CLI takes although it becomes something else than
---what was meant, or nothing, or is refused by the engine: unset variables, dates without quotes, `mode: 444`, unknown options of
---volumes and services in `depends_on`, a port that two services publish, entries that merging loses, and the like.
---
---Paths start in the folder of the first file, `~` is the variable HOME.
---
---Errors: `stack.invalid`, `stack.missing`, `argument.invalid`; those of `machine.read`.
---Permission: `read` with the paths of the files and of those under `env_file`. Waits: yes. Since: 0.1.
---Source: the stack files of docker CLI 28.
---
---```lua
---local model = stack.load({ "/srv/site/stack.yml", "/srv/site/test.yml" }, { variables = { TAG = "1.4" } })
---for _, warning in ipairs(model.warnings) do print(warning) end
---print(model.services.web.image)
---```
---@param files string|string[]         File, or several: the later ones are merged over the earlier ones.
---@param options? stack.LoadOptions    Variables, and how strict it is.
---@return stack.Model model            What the files say.
function stack.load(files, options) end

---@class stack.Objects
---@field services table[]           Specs of services, by name. Ids of secrets and configs are not in them.
---@field networks table[]           What is to be made of networks that a service is in.
---@field external_networks string[] Names of networks that must be there.
---@field secrets table[]            { spec, file }: the spec without its content, and the file that has it.
---@field configs table[]            Likewise.

---Gives the objects that a stack is in an engine: those that `docker stack deploy` makes of the same files.
---
---Names and labels are the same, and so are the order of what is in lists and what is left out; so the one may deploy what
---the other did, and no task starts anew. The image of a service has its short name and a tag; to pin it is for who deploys.
---
---Errors: `stack.invalid` (names that an engine does not take), `argument.invalid`.
---Permission: none. Waits: no. Since: 0.1.
---Source: docker CLI 28; Engine API 1.41.
---
---```lua
---for _, service in ipairs(stack.objects(stack.load("/srv/site/stack.yml"), "site").services) do print(service.Name) end
---```
---@param model stack.Model        What `stack.load` gave.
---@param name string              Name of the stack.
---@return stack.Objects objects   Specs, as the Engine API has them.
function stack.objects(model, name) end

return stack
