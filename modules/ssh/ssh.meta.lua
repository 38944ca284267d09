---@meta ssh

---What the servers at the other end are known by: their host keys. And files on servers that give no shell (`ssh.sftp`).
---Machines with a shell are `machine.ssh`.
local ssh = {}

---A socket or port of another machine, as a unix socket here.
---@class ssh.Forward
local Forward = {}

---Files on a server, over SFTP. Paths there are the server's; one without a slash at its beginning starts in the directory
---where the server puts whoever logs in.
---@class ssh.Files
local Files = {}

---@class ssh.Options
---@field user? string               User to log in as. Default: that of the address, of the SSH configuration, or who runs the runbook.
---@field port? integer              Port. Default: that of the address, of the SSH configuration, or 22.
---@field identity? string           Path of a private key. Default: those of the SSH configuration or the usual ones, and of the agent.
---@field password? string           Password of the user there; may be a secret.
---@field passphrase? string         Passphrase of the private key; may be a secret.
---@field known_hosts? string        Path of the file with the keys of hosts. Default: that of the SSH configuration, or ~/.ssh/known_hosts. The system's are asked too.
---@field host_key? string           "strict" refuses a host that is not known; "accept-new" takes it down and goes on. Default: that of the SSH configuration, or "strict".
---@field jump? string|string[]      Address of a machine to go through, or several in their order.
---@field connect_timeout? number|string Seconds, or text such as "10s", that connecting may take.
---@field alive_interval? number|string  Seconds of silence after which the server is asked whether it is still there.
---@field config? string|boolean     Path of the SSH configuration; false: none. Default: ~/.ssh/config, then /etc/ssh/ssh_config.

---@class ssh.Entry
---@field path string         Where it is, as it was asked for.
---@field name string         Last component of the path.
---@field type string         "file", "directory", "link", "fifo", "socket", "block", "character", or "unknown" where the server does not say.
---@field size integer        Size in bytes.
---@field mode string         Permission bits in octal: "0644".
---@field uid? integer        Number of the user there.
---@field gid? integer        Number of the group there.
---@field modified? integer   Time of the last change of the content, in Unix seconds.
---@field target? string      Where a link leads, as it is written in the link; not in listings.

---@class ssh.FileChange
---@field path string      Where the change was made.
---@field changed boolean  Whether anything was changed.
---@field size? integer    Bytes of the file that was moved.
---@field sha256? string   Checksum of the file that was uploaded.

---@class ssh.Comparison
---@field type string      What is at the path that would be changed: "file" or "absent".
---@field content boolean  Whether the content is the same, as far as was looked.
---@field mode boolean     Whether the mode is as described.
---@field diff? string     What differs.

---@class ssh.UploadOptions
---@field mode? string            Permission bits in octal: "0640". Default: those of the file that is there, else 0644.
---@field verify? boolean         Reads back what is there and compares checksums, in place of size and time, before and after. Default: false.
---@field atomic? boolean         False: on a server that cannot replace a file in one step, the old one is removed first. Default: true.
---@field timeout? number|string  Seconds, or text such as "2h". Default: 6 hours.

---@class ssh.DownloadOptions
---@field mode? string            Permission bits in octal: "0640". Default: those of the file that is here, else 0644.
---@field verify? boolean         Reads the file there once more and compares checksums, in place of size and time. Default: false.
---@field timeout? number|string  Seconds, or text such as "2h". Default: 6 hours.

---@class ssh.CompareOptions
---@field mode? string            Permission bits that the file should have.
---@field verify? boolean         Reads both ends and compares checksums, in place of size and time. Default: false.
---@field timeout? number|string  Seconds, or text such as "2h". Default: 6 hours.

---@class ssh.LookOptions
---@field follow? boolean  Whether a link in the last place is followed. Default: true.

---@class ssh.ReadOptions
---@field limit? integer|string  Most bytes, or text such as "10MiB"; a larger file is an error. Default: 64 MiB.

---@class ssh.WriteOptions
---@field mode? string     Permission bits in octal. Default: those of the file that is there, else 0644, or 0600 where the content is a secret.
---@field atomic? boolean  As for `upload`.

---@class ssh.RenameOptions
---@field replace? boolean  Whether what is at the new path may be replaced. Default: false.
---@field atomic? boolean   As for `upload`.

---@class ssh.RemoveOptions
---@field recursive? boolean  Whether a directory goes with all that is in it. Default: false.

---@class ssh.DirectoryOptions
---@field mode? string  Permission bits in octal: "0750". Default: 0755, less what the server takes off.

---@class ssh.AttributesOptions
---@field mode string  Permission bits in octal.

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
---@field file string   File with the line that decided; where there is none, the one that new keys go to.
---@field line integer  Line that decided; 0 where there is none.
---@field known string  Fingerprint of the key that is listed instead, where it has changed.

---@class ssh.KnownHostFindOptions
---@field key string            "ssh-ed25519 AAAA...".
---@field known_hosts? string   File to look into, beside the system's. Default: those of the configuration.
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

---Takes a server's keys out of a known_hosts file: for one that was torn down or made anew. Lines with several names, patterns and
---marked lines stay.
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

---Takes the socket away, and ends what is connected to it, unless another handle uses it too.
---
---Errors: `ssh.address`.
---Permission: `ssh`: `forward:TO` on the machine. Waits: yes. Since: 0.1.
---Source: RFC 4254, section 7.
---
---```lua
---engine:close()
---```
function Forward:close() end

---Checks an address and the options of a login, and gives them as one table: what `machine.ssh` and `ssh.sftp` are made of.
---
---Errors: `argument.invalid`.
---Permission: none. Waits: no. Since: 0.1.
---Source: RFC 4251.
---
---```lua
---print(ssh.destination("deploy@web1:2222", { identity = "deploy.key" }).port)
---```
---@param address string  "host", "user@host:port", or an alias of ssh_config.
---@param options? ssh.Options  How to get there.
---@param name? string  What errors are to name as the function that was called.
---@return table destination  The options, with user, host and port beside them, and paths made absolute.
function ssh.destination(address, options, name) end

---Gives the files of an account that has SFTP: a storage box for backups, a server with `ForceCommand internal-sftp`.
---
---Nothing is done yet: the first use logs in. Where there is a shell, `machine.ssh` can do more.
---
---Errors: `argument.invalid`.
---Permission: none for the handle; `ssh` for what is done with it. Waits: no. Since: 0.1.
---Source: draft-ietf-secsh-filexfer-02.
---
---```lua
---local box = ssh.sftp("u123@box.example.org:23", { identity = "backup.key" })
---box:directory_ensure("backups")
---box:upload("/srv/dump.sql.gz", "backups/dump.sql.gz", { mode = "0600" })
---```
---@param address string  "host", "user@host:port", or an alias of ssh_config.
---@param options? ssh.Options  How to get there: those of `machine.ssh`.
---@return ssh.Files files  What is there.
function ssh.sftp(address, options) end

---Brings a file there, whole or not at all. Nothing is done where the two are the same.
---
---SFTP has no checksums: a file with the size and the time of the one here counts as the same, and each upload gives the file
---there the time of the one here. `verify = true` reads it back instead. What was broken off is gone on with by the next upload
---of the same content, and then always read back: the part lies beside the file as ".NAME.CHECKSUM.part". A server without posix-rename cannot replace a
---file in one step; that is refused unless `atomic = false`.
---
---Errors: `ssh.permission`, `ssh.not_found`, `ssh.not_regular`, `ssh.no_space`, `ssh.unsupported`, `ssh.changed`, `ssh.checksum`, `ssh.mode`, `ssh.moved`, `ssh.exists`, `ssh.sftp_failed`, `ssh.unreachable`, `ssh.auth`, `ssh.host_key`, `ssh.no_sftp`, `ssh.connection_lost` (retryable), `ssh.timeout`, `ssh.sftp_protocol`, `ssh.path`.
---Permission: `read` of the file here, `ssh`: `write` of the path on the address. Waits: yes. Since: 0.1.
---Source: draft-ietf-secsh-filexfer-02, posix-rename@openssh.com, fsync@openssh.com.
---
---```lua
---local _, changed = box:upload("dump.sql.gz", "backups/dump.sql.gz", { verify = true })
---```
---@param from string  File here.
---@param to string  Path there.
---@param options? ssh.UploadOptions  Its mode, and how.
---@return ssh.FileChange change  Where it is.
function Files:upload(from, to, options) end

---Brings a file here, whole or not at all. Nothing is done where size and time are the same, as for `upload`.
---
---What was broken off is gone on with as long as size and time there have stayed as they were.
---
---Errors: `ssh.permission`, `ssh.not_found`, `ssh.not_regular`, `ssh.no_space`, `ssh.changed`, `ssh.checksum`, `ssh.mode`, `ssh.moved`, `ssh.exists`, `ssh.sftp_failed`, `ssh.unreachable`, `ssh.auth`, `ssh.host_key`, `ssh.no_sftp`, `ssh.connection_lost` (retryable), `ssh.timeout`, `ssh.sftp_protocol`, `ssh.path`.
---Permission: `ssh`: `read` of the path on the address, `write` of the file here. Waits: yes. Since: 0.1.
---Source: draft-ietf-secsh-filexfer-02.
---
---```lua
---box:download("backups/dump.sql.gz", "/srv/restore/dump.sql.gz")
---```
---@param from string  Path there.
---@param to string  File here.
---@param options? ssh.DownloadOptions  Its mode, and how.
---@return ssh.FileChange change  Where it is.
function Files:download(from, to, options) end

---Compares a file here with one there that it would be uploaded to: what `upload` decides by.
---
---Errors: `ssh.permission`, `ssh.not_found`, `ssh.not_regular`, `ssh.mode`, `ssh.unreachable`, `ssh.auth`, `ssh.host_key`, `ssh.no_sftp`, `ssh.connection_lost` (retryable), `ssh.timeout`, `ssh.sftp_protocol`, `ssh.path`.
---Permission: `read` of the file here, `ssh`: `read` of the path on the address. Waits: yes. Since: 0.1.
---Source: draft-ietf-secsh-filexfer-02.
---
---```lua
---print(box:upload_verify("dump.sql.gz", "backups/dump.sql.gz").content)
---```
---@param from string  File here.
---@param to string  Path there.
---@param options? ssh.CompareOptions  How closely.
---@return ssh.Comparison comparison  How they differ.
function Files:upload_verify(from, to, options) end

---Compares a file there with one here that it would be downloaded to: what `download` decides by.
---
---Errors: `ssh.permission`, `ssh.not_found`, `ssh.not_regular`, `ssh.mode`, `ssh.unreachable`, `ssh.auth`, `ssh.host_key`, `ssh.no_sftp`, `ssh.connection_lost` (retryable), `ssh.timeout`, `ssh.sftp_protocol`, `ssh.path`.
---Permission: `ssh`: `read` of the path on the address, `write` of the file here. Waits: yes. Since: 0.1.
---Source: draft-ietf-secsh-filexfer-02.
---
---```lua
---print(box:download_verify("backups/dump.sql.gz", "dump.sql.gz").content)
---```
---@param from string  Path there.
---@param to string  File here.
---@param options? ssh.CompareOptions  How closely.
---@return ssh.Comparison comparison  How they differ.
function Files:download_verify(from, to, options) end

---Uploads a file whatever is there. `upload` looks first.
---
---Errors: `ssh.permission`, `ssh.not_found`, `ssh.not_regular`, `ssh.no_space`, `ssh.unsupported`, `ssh.changed`, `ssh.checksum`, `ssh.mode`, `ssh.moved`, `ssh.sftp_failed`, `ssh.unreachable`, `ssh.auth`, `ssh.host_key`, `ssh.no_sftp`, `ssh.connection_lost` (retryable), `ssh.timeout`, `ssh.sftp_protocol`, `ssh.path`.
---Permission: `read` of the file here, `ssh`: `write` of the path on the address. Waits: yes. Since: 0.1.
---Source: draft-ietf-secsh-filexfer-02.
---
---```lua
---box:file_put("dump.sql.gz", "backups/dump.sql.gz")
---```
---@param from string  File here.
---@param to string  Path there.
---@param options? ssh.UploadOptions  Its mode, and how.
---@return ssh.FileChange change  Where it is, its size and checksum.
function Files:file_put(from, to, options) end

---Downloads a file whatever is here. `download` looks first.
---
---Errors: `ssh.permission`, `ssh.not_found`, `ssh.not_regular`, `ssh.no_space`, `ssh.changed`, `ssh.checksum`, `ssh.mode`, `ssh.moved`, `ssh.sftp_failed`, `ssh.unreachable`, `ssh.auth`, `ssh.host_key`, `ssh.no_sftp`, `ssh.connection_lost` (retryable), `ssh.timeout`, `ssh.sftp_protocol`, `ssh.path`.
---Permission: `ssh`: `read` of the path on the address, `write` of the file here. Waits: yes. Since: 0.1.
---Source: draft-ietf-secsh-filexfer-02.
---
---```lua
---box:file_fetch("backups/dump.sql.gz", "dump.sql.gz")
---```
---@param from string  Path there.
---@param to string  File here.
---@param options? ssh.DownloadOptions  Its mode, and how.
---@return ssh.FileChange change  Where it is, and its size.
function Files:file_fetch(from, to, options) end

---Reads a whole file.
---
---Errors: `ssh.not_found`, `ssh.permission`, `ssh.not_regular`, `ssh.too_large`, `ssh.changed`, `ssh.unreachable`, `ssh.auth`, `ssh.host_key`, `ssh.no_sftp`, `ssh.connection_lost` (retryable), `ssh.timeout`, `ssh.sftp_protocol`, `ssh.path`.
---Permission: `ssh`: `read` of the path on the address. Waits: yes. Since: 0.1.
---Source: draft-ietf-secsh-filexfer-02.
---
---```lua
---print(box:read("backups/LATEST"))
---```
---@param path string  Path there.
---@param options? ssh.ReadOptions  How much at most.
---@return string content  Its bytes.
function Files:read(path, options) end

---Looks at what is at a path.
---
---Errors: `ssh.not_found`, `ssh.permission`, `ssh.unreachable`, `ssh.auth`, `ssh.host_key`, `ssh.no_sftp`, `ssh.connection_lost` (retryable), `ssh.timeout`, `ssh.sftp_protocol`, `ssh.path`.
---Permission: `ssh`: `read` of the path on the address. Waits: yes. Since: 0.1.
---Source: draft-ietf-secsh-filexfer-02.
---
---```lua
---print(box:stat("backups/dump.sql.gz").size)
---```
---@param path string  Path there.
---@param options? ssh.LookOptions  Whether links are followed.
---@return ssh.Entry entry  What is there.
function Files:stat(path, options) end

---Looks at what is at a path; nil where there is nothing.
---
---Errors: `ssh.permission`, `ssh.unreachable`, `ssh.auth`, `ssh.host_key`, `ssh.no_sftp`, `ssh.connection_lost` (retryable), `ssh.timeout`, `ssh.sftp_protocol`, `ssh.path`.
---Permission: `ssh`: `read` of the path on the address. Waits: yes. Since: 0.1.
---Source: draft-ietf-secsh-filexfer-02.
---
---```lua
---if not box:find("backups") then print("no backups yet") end
---```
---@param path string  Path there.
---@param options? ssh.LookOptions  Whether links are followed.
---@return ssh.Entry? entry  What is there.
function Files:find(path, options) end

---Lists a directory, sorted by name.
---
---Errors: `ssh.not_found`, `ssh.permission`, `ssh.not_directory`, `ssh.too_large` (over 100,000), `ssh.sftp_failed`, `ssh.unreachable`, `ssh.auth`, `ssh.host_key`, `ssh.no_sftp`, `ssh.connection_lost` (retryable), `ssh.timeout`, `ssh.sftp_protocol`, `ssh.path`.
---Permission: `ssh`: `read` of the path on the address. Waits: yes. Since: 0.1.
---Source: draft-ietf-secsh-filexfer-02.
---
---```lua
---for _, entry in ipairs(box:list("backups")) do print(entry.name, entry.size) end
---```
---@param path string  Path there.
---@return ssh.Entry[] entries  What is in it.
function Files:list(path) end

---Writes a file, whole or not at all.
---
---Errors: `ssh.permission`, `ssh.not_found`, `ssh.not_regular`, `ssh.no_space`, `ssh.unsupported`, `ssh.mode`, `ssh.sftp_failed`, `ssh.unreachable`, `ssh.auth`, `ssh.host_key`, `ssh.no_sftp`, `ssh.connection_lost` (retryable), `ssh.timeout`, `ssh.sftp_protocol`, `ssh.path`.
---Permission: `ssh`: `write` of the path on the address. Waits: yes. Since: 0.1.
---Source: draft-ietf-secsh-filexfer-02.
---
---```lua
---box:write("backups/LATEST", "dump.sql.gz\n")
---```
---@param path string  Path there.
---@param content string  New content; may be a secret.
---@param options? ssh.WriteOptions  Its mode.
---@return ssh.FileChange change  Where it was made.
function Files:write(path, content, options) end

---Renames a file or directory.
---
---Errors: `ssh.exists`, `ssh.not_found`, `ssh.permission`, `ssh.unsupported`, `ssh.sftp_failed`, `ssh.unreachable`, `ssh.auth`, `ssh.host_key`, `ssh.no_sftp`, `ssh.connection_lost` (retryable), `ssh.timeout`, `ssh.sftp_protocol`, `ssh.path`.
---Permission: `ssh`: `write` of both paths on the address. Waits: yes. Since: 0.1.
---Source: draft-ietf-secsh-filexfer-02.
---
---```lua
---box:rename("backups/new", "backups/current", { replace = true })
---```
---@param from string  Path there.
---@param to string  New path there.
---@param options? ssh.RenameOptions  What may be replaced.
---@return ssh.FileChange change  Where it is now.
function Files:rename(from, to, options) end

---Removes a file, link or directory. Succeeds where there is nothing.
---
---Errors: `ssh.permission`, `ssh.not_empty`, `ssh.too_large`, `ssh.sftp_failed`, `ssh.unreachable`, `ssh.auth`, `ssh.host_key`, `ssh.no_sftp`, `ssh.connection_lost` (retryable), `ssh.timeout`, `ssh.sftp_protocol`, `ssh.path`.
---Permission: `ssh`: `write` of the path on the address. Waits: yes. Since: 0.1.
---Source: draft-ietf-secsh-filexfer-02.
---
---```lua
---box:remove("backups/2025", { recursive = true })
---```
---@param path string  Path there.
---@param options? ssh.RemoveOptions  Whether a directory goes with what is in it.
---@return ssh.FileChange change  Whether there was anything.
function Files:remove(path, options) end

---Creates a directory. `directory_ensure` looks first.
---
---Errors: `ssh.exists`, `ssh.not_found` (its parent), `ssh.permission`, `ssh.mode`, `ssh.sftp_failed`, `ssh.unreachable`, `ssh.auth`, `ssh.host_key`, `ssh.no_sftp`, `ssh.connection_lost` (retryable), `ssh.timeout`, `ssh.sftp_protocol`, `ssh.path`.
---Permission: `ssh`: `write` of the path on the address. Waits: yes. Since: 0.1.
---Source: draft-ietf-secsh-filexfer-02.
---
---```lua
---box:directory_create("backups", { mode = "0700" })
---```
---@param path string  Path there.
---@param options? ssh.DirectoryOptions  Its mode.
---@return ssh.FileChange change  Where it was made.
function Files:directory_create(path, options) end

---Makes sure that a directory is there, with its mode where one is given.
---
---Errors: `ssh.not_directory`, `ssh.not_found` (its parent), `ssh.permission`, `ssh.mode`, `ssh.sftp_failed`, `ssh.unreachable`, `ssh.auth`, `ssh.host_key`, `ssh.no_sftp`, `ssh.connection_lost` (retryable), `ssh.timeout`, `ssh.sftp_protocol`, `ssh.path`.
---Permission: `ssh`: `write` of the path on the address. Waits: yes. Since: 0.1.
---Source: draft-ietf-secsh-filexfer-02.
---
---```lua
---box:directory_ensure("backups", { mode = "0700" })
---```
---@param path string  Path there.
---@param options? ssh.DirectoryOptions  Its mode.
---@return ssh.FileChange change  Where it is.
function Files:directory_ensure(path, options) end

---Changes the mode of what is at a path.
---
---Errors: `ssh.not_found`, `ssh.permission`, `ssh.mode`, `ssh.sftp_failed`, `ssh.unreachable`, `ssh.auth`, `ssh.host_key`, `ssh.no_sftp`, `ssh.connection_lost` (retryable), `ssh.timeout`, `ssh.sftp_protocol`, `ssh.path`.
---Permission: `ssh`: `write` of the path on the address. Waits: yes. Since: 0.1.
---Source: draft-ietf-secsh-filexfer-02.
---
---```lua
---box:attributes_update("backups", { mode = "0700" })
---```
---@param path string  Path there.
---@param options ssh.AttributesOptions  What it should be.
---@return ssh.FileChange change  Where it was made.
function Files:attributes_update(path, options) end

return ssh
