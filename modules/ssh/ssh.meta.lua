---@meta ssh

---What the servers at the other end are known by: their host keys. Machines themselves are `machine.ssh`.
local ssh = {}

---A socket or port of another machine, as a unix socket here.
---@class ssh.Forward
local Forward = {}

---@class ssh.HostKey
---@field host string         Name or address that was connected to.
---@field port integer        Port.
---@field type string         "ssh-ed25519", "ecdsa-sha2-nistp256", "ssh-rsa".
---@field fingerprint string  "SHA256:...", as `ssh-keygen -l` shows it.
---@field key string          "ssh-ed25519 AAAA...": what stands in a .pub file.

---@class ssh.HostKeyOptions
---@field config? string|false       ssh_config file to read in place of the user's and the system's; false: none.
---@field connect_timeout? number|string  Seconds for the connection and the key exchange. Default: 15.

---@class ssh.KnownHost
---@field state string  "known" (this very key), "unknown", "other_type", "changed", "revoked" or "authority".
---@field file string   File that new keys go to.
---@field line integer  Line that decided; 0 where there is none.
---@field known string  Fingerprint of the key that is listed instead, where it has changed.

---@class ssh.KnownHostFindOptions
---@field key string            "ssh-ed25519 AAAA...".
---@field known_hosts? string   File to look into. Default: those of the configuration.
---@field config? string|false  ssh_config file, as above.

---@class ssh.KnownHostAddOptions
---@field key string            "ssh-ed25519 AAAA...".
---@field known_hosts? string   File to add it to. Default: the first of the configuration.
---@field config? string|false  ssh_config file, as above.

---@class ssh.KnownHostRemoveOptions
---@field known_hosts? string   File to take it out of. Default: the first of the configuration.
---@field config? string|false  ssh_config file, as above.

---@class ssh.KnownHostEnsureOptions
---@field fingerprint? string   "SHA256:...": the server is asked for its key, which must be this one.
---@field key? string           "ssh-ed25519 AAAA...": in place of the fingerprint.
---@field known_hosts? string   File to add it to. Default: the first of the configuration.
---@field config? string|false  ssh_config file, as above.

---@class ssh.KnownHostChange
---@field file string           File that was looked at.
---@field fingerprint? string   Of the key that was added.
---@field removed? integer      Lines that were taken out.
---@field changed boolean       Whether the file was changed.

---Asks a server for its host key: a key exchange, and no login.
---
---The key is the server's own; that it is the server you mean is yours to find out.
---
---Errors: `ssh.unreachable`, `ssh.timeout`, `ssh.busy`, `ssh.algorithms`, `ssh.config`, `ssh.address`, `ssh.unsupported` (by way of another machine).
---Permission: `ssh`: `host_key` on the address. Waits: yes. Since: 0.1.
---Source: RFC 4253, section 7.
---
---```lua
---print(ssh.host_key("web1.example.org").fingerprint)
---```
---@param address string  "host", "user@host:port", or an alias of ssh_config.
---@param options? ssh.HostKeyOptions  How to get there.
---@return ssh.HostKey key  What it shows.
function ssh.host_key(address, options) end

---Looks up what is known of a server.
---
---Errors: `ssh.key_format`, `ssh.config`, `ssh.address`.
---Permission: `ssh`: `host_key` on the address. Waits: yes. Since: 0.1.
---Source: sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT".
---
---```lua
---local shown = ssh.host_key("web1.example.org")
---print(ssh.known_host_find("web1.example.org", { key = shown.key }).state)
---```
---@param address string  As for `ssh.host_key`.
---@param options ssh.KnownHostFindOptions  The key.
---@return ssh.KnownHost answer  What the files say.
function ssh.known_host_find(address, options) end

---Adds a key to a known_hosts file, whatever stands there already. `ssh.known_host_ensure` looks first.
---
---Errors: `ssh.key_format`, `ssh.known_hosts`, `ssh.config`, `ssh.address`.
---Permission: `ssh`: `trust` on the address. Waits: yes. Since: 0.1.
---Source: sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT".
---
---```lua
---ssh.known_host_add("web1.example.org", { key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGhvc3Qga2V5IG9mIGFuIGV4YW1wbGUgc2VydmVy" })
---```
---@param address string  As for `ssh.host_key`.
---@param options ssh.KnownHostAddOptions  The key.
---@return ssh.KnownHostChange change  Where it went.
function ssh.known_host_add(address, options) end

---Takes a server's keys out of a known_hosts file: for one that was torn down or made anew. Patterns and marked lines stay.
---
---Errors: `ssh.known_hosts`, `ssh.config`, `ssh.address`, `file.permission`.
---Permission: `ssh`: `trust` on the address. Waits: yes. Since: 0.1.
---Source: sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT".
---
---```lua
---ssh.known_host_remove("web1.example.org")
---```
---@param address string  As for `ssh.host_key`.
---@param options? ssh.KnownHostRemoveOptions  Where.
---@return ssh.KnownHostChange change  How many lines went.
function ssh.known_host_remove(address, options) end

---Makes sure that a server is known by the key that it should have: what the cloud's console showed when it was created.
---
---Where another key is listed nothing is changed: a changed key is either an attack or a machine that was made anew, and
---only you can know.
---
---Errors: `ssh.host_key`, `ssh.key_format`, `ssh.known_hosts`, `ssh.unreachable`, `ssh.timeout`, `ssh.config`, `ssh.address`, `argument.invalid`.
---Permission: `ssh`: `trust` and `host_key` on the address. Waits: yes. Since: 0.1.
---Source: sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT".
---
---```lua
---ssh.known_host_ensure("web1.example.org", { fingerprint = "SHA256:uNiVztksCsDhcc0u9e8BrrQtfoxWzqz7Q9Q3eo6zQ6k" })
---```
---@param address string  As for `ssh.host_key`.
---@param options ssh.KnownHostEnsureOptions  The key, or its fingerprint.
---@return ssh.KnownHostChange change  Whether it was added.
function ssh.known_host_ensure(address, options) end

---Describes a way to a socket or port that another machine can reach; nothing is connected until it is used.
---
---For what speaks over a socket itself: HTTP with `unix_socket`, an engine, a database.
---
---Errors: `argument.invalid`.
---Permission: none. Waits: no. Since: 0.1.
---Source: RFC 4254, section 7; OpenSSH's PROTOCOL, section 2.4.
---
---```lua
---local engine <close> = ssh.forward(machine.ssh("deploy@web1"), "/var/run/docker.sock")
---```
---@param machine machine.Machine  Where to log in.
---@param to string  "host:port" as that machine sees it, or the absolute path of a socket there.
---@return ssh.Forward forward  A handle.
function ssh.forward(machine, to) end

---Where to connect to: the path of a unix socket that only this user may use. It stays until `close`, or the run's end.
---
---Each connection to it is a channel of the one to the machine. What is in the way over there ends the connection.
---
---Errors: `ssh.forward`, `ssh.address`.
---Permission: `ssh`: `forward:TO` on the machine. Waits: yes. Since: 0.1.
---Source: RFC 4254, section 7.
---
---```lua
---print(http.get("http://web1/_ping", { unix_socket = engine:path() }).body)
---```
---@return string path  Of the socket.
function Forward:path() end

---Takes the socket away, and ends what is connected to it.
---
---Errors: `ssh.address`.
---Permission: `ssh`: `forward:TO` on the machine. Waits: yes. Since: 0.1.
---
---```lua
---engine:close()
---```
function Forward:close() end

return ssh
