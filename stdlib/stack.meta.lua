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

---@class stack.PlanOptions
---@field prune? boolean                  Remove the stack's services that the files do not have. Default: false.
---@field resolve_image? string           When to ask registries which image a tag is: "always", "changed" (where the text of the image has), "never". Default: "always".
---@field auth? boolean|table|function    Credentials for registries, which the nodes get as well: true for those of `docker.credentials`, a table as it gives, or function(registry). Default: none.
---@field rotate? boolean                 Give secrets and configs a name for each content, so that it may change. Default: false.
---@field local_volumes? string           What becomes of services with volumes that another node would not have: "warn", "refuse", "allow". Default: "warn".

---@class stack.DeployOptions: stack.PlanOptions
---@field wait? boolean                   Wait until all of it runs. Default: true.
---@field timeout? number|string          How long that may take. Default: that of `service_wait`.
---@field monitor? number|string          How long tasks have to run. Default: that of `service_wait`; nothing where nothing was sent.

---@class stack.PlanItem
---@field kind string                     "network", "secret", "config", "service".
---@field name string                     Its name.
---@field action string                   "create", "update", "relabel", "remove", "unchanged".
---@field diff? string                    What differs, for a service.
---@field version? string                 What it is called, where it is one of several versions.

---@class stack.Plan
---@field stack string                    Name of the stack.
---@field items stack.PlanItem[]          In the order in which they are done.
---@field services string[]               Names of all services.
---@field changes integer                 How many of the items change something.
---@field warnings string[]               What may not become what was meant.
---@field leftovers integer               Tasks of an earlier stack of that name that are being ended; they are waited for.
---@field text string                     All of it, for people.

---@class stack.Deployed
---@field stack string                    Name of the stack.
---@field created string[]                Services that are new.
---@field updated string[]                Services that have changed.
---@field removed string[]                Services that were pruned.
---@field unchanged string[]              Services that were as they are to be; nothing was sent for them.
---@field changes integer                 How many objects were changed.
---@field warnings string[]               What may not become what was meant.

---@class stack.Removed
---@field stack string                    Name of the stack.
---@field found boolean                   Whether there was anything of it.
---@field services integer                How many there were.
---@field networks integer                Likewise.
---@field secrets integer                 Likewise.
---@field configs integer                 Likewise.
---@field tasks integer                   Tasks that an earlier removal had left.
---@field lost integer                    Tasks of nodes that are down, which could not be seen to end.

---Says what a deployment would change, and refuses what an engine would refuse half-way. Changes nothing.
---
---Refused are, all at once: external networks, secrets and configs that are not there or not of the swarm, objects of that name
---that are of another stack, contents that are empty, too large or have changed (but with `rotate`), ports that other services
---publish.
---
---Errors: `stack.refused`, `stack.not_manager`, `stack.invalid`, `argument.invalid`; those of `docker`.
---Permission: `docker`: `swarm.get`, `version`, `node.list`, `task.list`, `service.list`, `service.verify:*`, `network.list`,
---`network.find:*`, `secret.list`, `secret.find:*`, `secret.verify:*`, `config.list`, `config.find:*`, `image.digest`; `read` with
---the files of secrets and configs. Waits: yes. Since: 0.1.
---Source: `docker stack deploy` of docker CLI 28.
---
---```lua
---print(stack.plan(engine, stack.load("/srv/site/stack.yml"), "site").text)
---```
---@param engine docker.Engine          A manager of the swarm.
---@param model stack.Model             What `stack.load` gave.
---@param name string                   Name of the stack.
---@param options? stack.PlanOptions    How.
---@return stack.Plan plan              What would be done.
function stack.plan(engine, model, name, options) end

---Deploys a stack: services, networks, secrets and configs as `docker stack deploy` makes them, so that either may deploy what the
---other did.
---
---First all is read and checked (see `stack.plan`), and whatever of it is not permitted is said at once; then, each as a step, services are pruned, networks, secrets and configs made,
---services created and updated, and all of them waited for. What is as it should be is sent nothing, and what an earlier stack of
---that name leaves behind is waited for. Undoing takes away what was made, and gives services their former description.
---
---Errors: `stack.refused`, `stack.not_manager`, `stack.invalid`, `argument.invalid`, `docker.rollback`, `docker.update_paused`,
---`docker.timeout`; others of `docker`.
---Permission: those of `stack.plan`, and `docker`: `service.ensure:*`, `service.remove:*`, `service.wait:*`, `network.create:*`,
---`secret.create:*`, `secret.update_labels:*`, `config.create:*`, `config.update_labels:*`; with `rotate` `secret.version*:*` and
---`config.version*:*`. Waits: yes. Since: 0.1.
---Source: `docker stack deploy` of docker CLI 28.
---
---```lua
---local done = stack.deploy(engine, stack.load("/srv/site/stack.yml"), "site", { prune = true, timeout = "5m" })
---print(#done.updated .. " services are new")
---```
---@param engine docker.Engine          A manager of the swarm.
---@param model stack.Model             What `stack.load` gave.
---@param name string                   Name of the stack.
---@param options? stack.DeployOptions  How.
---@return stack.Deployed done          What was done.
function stack.deploy(engine, model, name, options) end

---Removes the services of a stack that the files do not have.
---
---Errors: `stack.invalid`, `argument.invalid`; those of `docker`.
---Permission: `docker`: `service.list`, `service.remove:*`. Waits: yes. Since: 0.1.
---Source: `docker stack deploy --prune` of docker CLI 28.
---
---```lua
---stack.prune(engine, stack.load("/srv/site/stack.yml"), "site")
---```
---@param engine docker.Engine          A manager of the swarm.
---@param model stack.Model             What `stack.load` gave.
---@param name string                   Name of the stack.
---@return string[] names               What was removed.
function stack.prune(engine, model, name) end

---Removes a stack, its services, secrets, configs and networks, and waits until nothing of it is left: tasks and networks neither.
---Volumes stay. What is on a node that is down is not waited for, and there is a warning with its tasks.
---
---Refused, before anything is removed, where others are on its networks. A stack that is not there is no error, and the result says so.
---
---Errors: `stack.in_use`, `stack.not_manager`, `wait.timeout` (with what is left), `argument.invalid`; those of `docker`.
---Permission: `docker`: `swarm.get`, `service.list`, `task.list`, `node.list`, `network.list`, `network.get:*`, `secret.list`,
---`config.list`, and `remove` of the four. Waits: yes. Since: 0.1.
---Source: `docker stack rm` of docker CLI 28.
---
---```lua
---if not stack.remove(engine, "site").found then print "there was none" end
---```
---@param engine docker.Engine                      A manager of the swarm.
---@param name string                               Name of the stack.
---@param options? { timeout?: number|string }      How long to wait. Default: two minutes.
---@return stack.Removed removed                    What there was.
function stack.remove(engine, name, options) end

---Waits until all services of a stack run as they are described.
---
---Errors: `docker.rollback`, `docker.update_paused`, `docker.timeout` with the errors of the tasks; `stack.missing`, `argument.invalid`.
---Permission: `docker`: `service.list`, `service.wait:*`. Waits: yes. Since: 0.1.
---Source: runbook's own.
---
---```lua
---stack.wait(engine, "site", { timeout = "5m" })
---```
---@param engine docker.Engine  A manager of the swarm.
---@param name string           Name of the stack.
---@param options? { timeout?: number|string, monitor?: number|string, services?: string[] } Those of `service_wait`; which ones, else all.
---@return table result         What `service_wait` gives.
function stack.wait(engine, name, options) end

---Lists the stacks of a swarm.
---
---Errors: those of `docker`.
---Permission: `docker`: `service.list`. Waits: yes. Since: 0.1.
---Source: `docker stack ls` of docker CLI 28.
---
---```lua
---for _, one in ipairs(stack.list(engine)) do print(one.name, one.services) end
---```
---@param engine docker.Engine                            A manager of the swarm.
---@return { name: string, services: integer }[] stacks   By name, with the number of their services.
function stack.list(engine) end

---Lists the services of a stack.
---
---Errors: those of `docker`.
---Permission: `docker`: `service.list`. Waits: yes. Since: 0.1.
---Source: `docker stack services` of docker CLI 28.
---
---```lua
---for _, service in ipairs(stack.services(engine, "site")) do print(service.name, service.image) end
---```
---@param engine docker.Engine      A manager of the swarm.
---@param name string               Name of the stack.
---@return docker.Service[] services What `service_list` gives.
function stack.services(engine, name) end

---Lists the tasks of a stack.
---
---Errors: those of `docker`.
---Permission: `docker`: `task.list`. Waits: yes. Since: 0.1.
---Source: `docker stack ps` of docker CLI 28.
---
---```lua
---for _, task in ipairs(stack.tasks(engine, "site")) do print(task.id, task.state) end
---```
---@param engine docker.Engine  A manager of the swarm.
---@param name string           Name of the stack.
---@return docker.Task[] tasks  What `task_list` gives.
function stack.tasks(engine, name) end

return stack
