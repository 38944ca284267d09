---@meta _

---@class docker.Engine
local Engine = {}

---@class docker.Swarm
---@field node_id string      Id of the engine's node.
---@field state string        "active", "pending", "locked" or "error".
---@field manager boolean     Whether the engine is a manager: only those answer questions on the swarm.
---@field addr string         Address of the engine's node.
---@field remote_managers string[] Addresses of managers.
---@field error? string       Why the engine is not in it.
---@field id? string          Id of the swarm; of managers, as all that follows.
---@field managers? integer   Number of managers.
---@field nodes? integer      Number of nodes.
---@field labels? table<string, string> Labels of the swarm.
---@field default_addr_pool? string[] Where overlay networks get their addresses from.
---@field subnet_size? integer Size of their subnets.
---@field changed? boolean    Whether the call changed anything.
---@field raw table           All that the engine says.

---@class docker.SwarmSpec
---@field advertise_addr? string Address that other nodes reach it by: "10.0.0.1" or the name of an interface.
---@field listen_addr? string Address that it listens on. Default: "0.0.0.0:2377".
---@field data_path_addr? string Address for the traffic of containers. Default: `advertise_addr`.
---@field data_path_port? integer Port for the traffic of containers. Default: 4789.
---@field default_addr_pool? string[] Where overlay networks get their addresses from: { "10.20.0.0/16" }.
---@field subnet_size? integer Size of their subnets. Default: 24.
---@field availability? string "active", "pause" or "drain": whether this node runs tasks.
---@field labels? table<string, string> Labels of the swarm.

---@class docker.SwarmJoin
---@field remote_addrs string[] Addresses of managers: { "10.0.0.1:2377" }.
---@field token string|secret Token for workers or for managers, from `swarm_tokens`.
---@field advertise_addr? string Address that other nodes reach it by.
---@field listen_addr? string Address that it listens on. Default: "0.0.0.0:2377".
---@field data_path_addr? string Address for the traffic of containers. Default: `advertise_addr`.
---@field availability? string "active", "pause" or "drain": whether this node runs tasks.

---@class docker.SwarmTokens
---@field worker secret       Who has it can join as a worker.
---@field manager secret      Who has it can join as a manager.
---@field changed? boolean    Whether they are new.

---@class docker.Node
---@field id string           Id.
---@field name string         Name of its machine.
---@field role string         "manager" or "worker", as it is to be.
---@field manager boolean     Whether it is a manager now.
---@field leader boolean      Whether it leads the managers.
---@field availability string "active", "pause" or "drain".
---@field state string        "ready", "down", "disconnected" or "unknown".
---@field addr string         Address.
---@field labels table<string, string> Labels of the node.
---@field engine string       Version of its engine.
---@field os string           Operating system.
---@field architecture string Architecture.
---@field cpus number         Number of processors.
---@field memory integer      Memory in bytes.
---@field reachability? string "reachable" or "unreachable", of managers.
---@field manager_addr? string Address that managers reach it by, of managers.
---@field message? string     The engine's words on its state.
---@field version integer     Number of the last change in the swarm.
---@field created string      Time of its creation, RFC 3339.
---@field updated string      Time of its last change, RFC 3339.
---@field changed? boolean    Whether the call changed anything.
---@field raw table           All that the engine says.

---@class docker.NodeFilter
---@field name? string        Name that it must have.
---@field role? string        "manager" or "worker".
---@field labels? table<string, string> Labels that it must have.

---@class docker.NodeChange
---@field labels? table<string, any> Labels to set; rb.null removes one. Those that are not named stay.
---@field role? string        "manager" or "worker".
---@field availability? string "active", "pause" (no new tasks) or "drain" (no tasks).

---@class docker.NodeRemoval
---@field force? boolean      Whether one that is not down is removed, too. Default: false.

---@class docker.NodeWaitOptions
---@field state? string       "ready" or "down". Default: "ready".
---@field timeout? number|string Seconds to wait. Default: "2m".

---@class docker.SwarmLeaving
---@field force? boolean      Whether a manager leaves, too. The last one takes all that is in the swarm with it. Default: false.

---@class docker.SwarmRotation
---@field worker? boolean     Whether workers need a new token.
---@field manager? boolean    Whether managers need a new token.

---Tells which swarm the engine is in.
---
---Errors: `docker.connect`, `docker.permission`, `docker.timeout`, `docker.engine`.
---Permission: `docker`: `swarm.get`. Waits: yes. Since: 0.1.
---Source: Docker Engine API v1.41 `GET /info`.
---
---```lua
---local swarm = engine:swarm_get()
---if not swarm then engine:swarm_init { advertise_addr = "10.0.0.1" } end
---```
---@return docker.Swarm? swarm  The swarm, or nil where the engine is in none.
function Engine:swarm_get() end

---Makes a swarm, of which the engine is the first manager.
---
---An engine that is in a swarm is left alone: `docker.conflict`. Undoing it takes all that is in the swarm away.
---
---Errors: `docker.conflict`, `docker.connect`, `docker.permission`, `docker.timeout`, `docker.engine`.
---Permission: `docker`: `swarm.init`. Waits: yes. Since: 0.1.
---Source: Docker Engine API v1.41 `POST /swarm/init`.
---
---```lua
---engine:swarm_init { advertise_addr = "10.0.0.1" }
---```
---@param spec? docker.SwarmSpec  What it is to be.
---@return docker.Swarm swarm  The swarm.
function Engine:swarm_init(spec) end

---Joins a swarm.
---
---A join that fails is undone before it is reported: otherwise it would go on in the background and stand in the way of the next.
---
---Errors: `argument.invalid`, `docker.conflict`, `docker.connect`, `docker.permission`, `docker.timeout`, `docker.engine`.
---Permission: `docker`: `swarm.join`. Waits: yes. Since: 0.1.
---Source: Docker Engine API v1.41 `POST /swarm/join`.
---
---```lua
---worker:swarm_join { remote_addrs = { "10.0.0.1:2377" }, token = manager:swarm_tokens().worker }
---```
---@param spec docker.SwarmJoin  Which one.
---@return docker.Swarm swarm  The swarm.
function Engine:swarm_join(spec) end

---Leaves the swarm; an engine that is in none is no error.
---
---A manager is refused: `docker.conflict`. The way is to drain it, make it a worker, leave, wait until the others see it down, and remove
---it.
---
---Errors: `docker.conflict`, `docker.connect`, `docker.permission`, `docker.timeout`, `docker.engine`.
---Permission: `docker`: `swarm.leave`. Waits: yes. Since: 0.1.
---Source: Docker Engine API v1.41 `POST /swarm/leave`.
---
---```lua
---manager:node_update("node3", { role = "worker", availability = "drain" })
---node3:swarm_leave()
---manager:node_wait("node3", { state = "down" })
---manager:node_remove("node3")
---```
---@param options? docker.SwarmLeaving  Whether by force.
---@return docker.Changed result  Whether anything changed.
function Engine:swarm_leave(options) end

---Reads the tokens that others join with.
---
---Errors: `docker.no_manager`, `docker.connect`, `docker.permission`, `docker.timeout`, `docker.engine`.
---Permission: `docker`: `swarm.tokens`. Waits: yes. Since: 0.1.
---Source: Docker Engine API v1.41 `GET /swarm`.
---
---```lua
---local token = engine:swarm_tokens().worker
---```
---@return docker.SwarmTokens tokens  The tokens, as secrets.
function Engine:swarm_tokens() end

---Makes new tokens: the old ones are of no use any more. Nodes that are in the swarm stay.
---
---Errors: `argument.invalid`, `docker.no_manager`, `docker.connect`, `docker.permission`, `docker.timeout`, `docker.engine`.
---Permission: `docker`: `swarm.rotate_tokens`. Waits: yes. Since: 0.1.
---Source: Docker Engine API v1.41 `POST /swarm/update`.
---
---```lua
---engine:swarm_rotate_tokens { worker = true }
---```
---@param which docker.SwarmRotation  For whom.
---@return docker.SwarmTokens tokens  The tokens, as secrets.
function Engine:swarm_rotate_tokens(which) end

---Reads a node.
---
---Errors: `docker.not_found`, `docker.no_manager`, `docker.connect`, `docker.permission`, `docker.timeout`, `docker.engine`.
---Permission: `docker`: `node.get:NAME`. Waits: yes. Since: 0.1.
---Source: Docker Engine API v1.41 `GET /nodes/{id}`.
---
---```lua
---print(engine:node_get("node3").state)
---```
---@param name string  Name or id of the node.
---@return docker.Node node  The node.
function Engine:node_get(name) end

---Reads a node, if there is one.
---
---Errors: `docker.no_manager`, `docker.connect`, `docker.permission`, `docker.timeout`, `docker.engine`.
---Permission: `docker`: `node.find:NAME`. Waits: yes. Since: 0.1.
---Source: Docker Engine API v1.41 `GET /nodes/{id}`.
---
---```lua
---local node = engine:node_find("node3")
---```
---@param name string  Name or id of the node.
---@return docker.Node? node  The node, or nil.
function Engine:node_find(name) end

---Lists nodes.
---
---Errors: `docker.no_manager`, `docker.connect`, `docker.permission`, `docker.timeout`, `docker.engine`.
---Permission: `docker`: `node.list`. Waits: yes. Since: 0.1.
---Source: Docker Engine API v1.41 `GET /nodes`.
---
---```lua
---for _, node in ipairs(engine:node_list { role = "worker" }) do print(node.name) end
---```
---@param filter? docker.NodeFilter  Which ones. Default: all.
---@return docker.Node[] nodes  The nodes.
function Engine:node_list(filter) end

---Changes labels, role and availability of a node; only what differs is sent.
---
---What the change does not name stays as it is. The last manager cannot be made a worker: `docker.conflict`.
---
---Errors: `docker.not_found`, `docker.conflict`, `argument.invalid`, `docker.no_manager`, `docker.connect`, `docker.permission`, `docker.timeout`, `docker.engine`.
---Permission: `docker`: `node.update:NAME`. Waits: yes. Since: 0.1.
---Source: Docker Engine API v1.41 `POST /nodes/{id}/update`.
---
---```lua
---engine:node_update("node3", { labels = { exam = "yes" }, availability = "active" })
---```
---@param name string  Name or id of the node.
---@param change docker.NodeChange  What is to be.
---@return docker.Node node  The node.
function Engine:node_update(name, change) end

---Removes a node that is down from the swarm; one that is absent is no error.
---
---One that is not down, or is a manager, is refused: `docker.conflict`.
---
---Errors: `docker.conflict`, `docker.no_manager`, `docker.connect`, `docker.permission`, `docker.timeout`, `docker.engine`.
---Permission: `docker`: `node.remove:NAME`. Waits: yes. Since: 0.1.
---Source: Docker Engine API v1.41 `DELETE /nodes/{id}`.
---
---```lua
---engine:node_remove("node3")
---```
---@param name string  Name or id of the node.
---@param options? docker.NodeRemoval  Whether by force.
---@return docker.Changed result  Whether anything changed.
function Engine:node_remove(name, options) end

---Waits until a node is ready, or down.
---
---Errors: `docker.not_found`, `docker.no_manager`, `docker.connect`, `docker.permission`, `docker.timeout`, `docker.engine`.
---Permission: `docker`: `node.wait:NAME`. Waits: yes. Since: 0.1.
---Source: Docker Engine API v1.41 `GET /nodes/{id}`.
---
---```lua
---engine:node_wait("node3", { state = "down", timeout = "1m" })
---```
---@param name string  Name or id of the node.
---@param options? docker.NodeWaitOptions  For what, and how long.
---@return docker.Node node  The node.
function Engine:node_wait(name, options) end
