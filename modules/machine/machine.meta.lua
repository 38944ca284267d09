---@meta machine

---A place where commands run and files live. The same methods on every kind of machine.
---@class machine.Machine
local Machine = {}

---@class machine.Attributes
---@field mode? string   Permission bits in octal, as text: "0644". Default: those of the existing file, else 0644, or 0600 where the content is a secret.
---@field owner? string  User, by name or number. Default: kept, or the user that runs the runbook.
---@field group? string  Group, by name or number. Default: kept, or that of the user that runs the runbook.

---@class machine.Program
---@field cwd? string             Directory to run in. Default: "/".
---@field env? table<string, any> Environment variables to add; values may be secrets. LD_* is refused.
---@field stdin? string           What the program reads; may be a secret. Default: nothing.
---@field timeout? number|string  Seconds, or text such as "5m", after which it is stopped. Default: 600.
---@field check? boolean          Whether an exit code other than 0 is an error. Default: true.
---@field max_output? integer|string Bytes kept of each stream, or text such as "10MiB". Default: 10 MiB.
---@field on_line? function       Called with {stream = "stdout"|"stderr", line = ...} for each line while the program runs. A line over 64 KiB comes cut, with cut = true.

---@class machine.RunOptions: machine.Program
---@field job? string             Name: letters, digits, '.', '_' and '-'. The program goes on when the connection is lost; see `run`. Not on this computer.

---@class machine.ProgramResult
---@field code integer        Exit code; 128 plus the signal's number after a signal.
---@field signal? string      Signal that ended it, as "SIGTERM".
---@field stdout string       What it printed: bytes, not changed in any way.
---@field stderr string       What it printed as errors.
---@field seconds number      How long it ran, in seconds.
---@field truncated? boolean  True where a stream was longer than max_output; the rest of it was dropped.

---@class machine.Entry
---@field path string       Where it is, with links followed.
---@field name string       Last component of the path.
---@field type string       "file", "directory", "link", "fifo", "socket", "block" or "character".
---@field size integer      Size in bytes.
---@field mode string       Permission bits in octal: "0644".
---@field owner string      Name of the user, or the number where there is no name.
---@field group string      Name of the group, or the number where there is no name.
---@field uid integer       Number of the user.
---@field gid integer       Number of the group.
---@field modified number   Time of the last change of the content, in Unix seconds.
---@field target? string    Where a link leads, as it is written in the link.

---@class machine.Changed
---@field path string      Where the change was made.
---@field changed boolean  Whether anything was changed.

---@class machine.Verified
---@field type string       What is there: "absent", "file", "directory", "link" ...
---@field same boolean      Whether it is as described.
---@field content boolean   Whether the content is as described.
---@field mode boolean      Whether the mode is as described.
---@field owner boolean     Whether owner and group are as described.
---@field found? machine.Entry What is there.
---@field diff? string      Unified diff from what is there to what is described; not of secret content.

---@class machine.TransferOptions
---@field mode? string        Permission bits in octal. Default: those of the existing file, else those of the one that is sent.
---@field owner? string       User, by name or number. Default: kept, or who does it there.
---@field group? string       Group, by name or number. Default: kept, or who does it there.
---@field keep_times? boolean Whether the file gets the time of the last change that it has at the other side. Default: false.
---@field timeout? number|string Seconds, or text such as "2h", that it may take with all attempts. Default: one hour.
---@field on_progress? function Called with {done = ..., total = ...}, in bytes, every few MiB.

---@class machine.Transferred
---@field path string         Where the file is now.
---@field size integer        Its size in bytes.
---@field sha256 string       Its SHA-256; empty where the machine it came from has no tool to tell it.

---@class machine.TransferVerified
---@field path string       Path of the target.
---@field type string       What is there: "absent", "file", "directory" ...
---@field same boolean      Whether it is as described.
---@field content boolean   Whether size and SHA-256 are the same.
---@field mode boolean      Whether the mode is as described.
---@field owner boolean     Whether owner and group are as described.
---@field size integer      Size of what would be sent, in bytes.
---@field sha256 string     SHA-256 of what would be sent.
---@field found? machine.Entry What is there.
---@field diff? string      What would change: a unified diff of small texts, else sizes and checksums.

---@class machine.SyncOptions
---@field delete? boolean       Whether what is only there is removed. Default: false.
---@field exclude? string[]     Patterns of what is left alone on both sides: "*.tmp" by name, "cache/*" by path in the tree.
---@field mode? string          Permission bits of all files in octal. Default: those they have here.
---@field directory_mode? string Permission bits of all directories in octal. Default: those they have here.
---@field owner? string         User of everything, by name or number. Default: kept where a file is replaced, else who does it there.
---@field group? string         Group of everything, by name or number. Default: kept where a file is replaced, else who does it there.
---@field timeout? number|string Seconds, or text such as "2h", that each part may take. Default: one hour.
---@field on_progress? function Called with {done = ..., total = ...}, in bytes, every few MiB.

---@class machine.Tree
---@field path string                 Path of the directory there.
---@field absent boolean              Whether there is none yet.
---@field same boolean                Whether nothing differs.
---@field added string[]              Paths in the tree that are missing there.
---@field changed string[]            Those with another content.
---@field attributes string[]         Those with another mode or owner.
---@field replaced string[]           Those that are a directory on one side only.
---@field removed_files string[]      Files that are to go: with `delete`, what is only there.
---@field removed_directories string[] Directories that are to go, the deepest first.
---@field bytes integer               Size of the content to send.
---@field diff? string                What would change, at most 30 lines of each kind.

---@class machine.ProcessOptions
---@field name string              Name to find the process by: letters, digits, '.', '_' and '-'.
---@field argv string[]            Program and its arguments.
---@field cwd? string              Directory to run in. Default: "/".
---@field env? table<string, any>  Environment variables to add; values may be secrets.
---@field log? string              File that its output is appended to. Default: a file beside its record.

---@class machine.Process
---@field name string       Its name.
---@field pid integer       Its number.
---@field running boolean   Whether it still runs.
---@field argv string[]     What it was started with.
---@field cwd string        Directory it was started in.
---@field log string        File that its output goes to.
---@field started integer   When it was started, in Unix seconds.

---Gives this computer as a machine.
---
---Errors: none.
---Permission: none; the methods have their own. Waits: no. Since: 0.1.
---Source: this computer.
---
---```lua
---local here = machine.here()
---```
---@return machine.Machine here This computer.
function machine.here() end

---@class machine.SshOptions
---@field user? string               User to log in as. Default: that of the address, of the SSH configuration, or who runs the runbook.
---@field port? integer              Port. Default: that of the address, of the SSH configuration, or 22.
---@field identity? string           Path of a private key. Default: those of the SSH configuration, of the agent, and the usual ones.
---@field password? string           Password of the user there; may be a secret.
---@field passphrase? string         Passphrase of the private key; may be a secret.
---@field known_hosts? string        Path of the file with the keys of hosts. Default: that of the SSH configuration, or ~/.ssh/known_hosts. The system's are asked too.
---@field host_key? string           "strict" refuses a host that is not known; "accept-new" takes it down and goes on. Default: that of the SSH configuration, or "strict".
---@field jump? string|string[]      Address of a machine to go through, or several in their order.
---@field connect_timeout? number|string Seconds, or text such as "10s", that connecting may take.
---@field alive_interval? number|string  Seconds of silence after which the machine is asked whether it is still there.
---@field config? string|boolean     Path of the SSH configuration; false: none. Default: ~/.ssh/config, then /etc/ssh/ssh_config.

---Gives a machine that is reached over SSH.
---
---Nothing is done yet: the first use connects. The machine needs only a POSIX `sh` and the usual small tools (coreutils or
---busybox); nothing is put there. Its methods are those of every machine, with these differences: programs get the
---environment of the login and what `env` adds; bare names are looked up on its PATH, too; the paths that permissions are
---asked for are those that are written, because where links lead is only known there; what is noted of processes that outlive the
---run is in `~/.local/state/runbook` there. What is written goes to a directory `.runbook-...` beside the target
---first. Contents, inputs and environments never appear in a command line.
---
---Errors: `argument.invalid`. Its methods add `machine.shell` where no shell answers, and `machine.unsupported` where a tool is
---missing there.
---Permission: none; the methods have their own. Waits: no. Since: 0.1.
---Source: RFC 4254.
---
---```lua
---local web = machine.ssh("deploy@web1.example.org", { jump = "gate.example.org" })
---```
---@param address string                 "host", "user@host", "user@host:port" or "[address]:port".
---@param options? machine.SshOptions    Options.
---@return machine.Machine machine       The machine.
function machine.ssh(address, options) end

---Gives the inside of a container that runs as a machine.
---
---Its methods are those of every machine, as `machine.ssh` describes them; programs get the environment of the container. The
---image must have a POSIX `sh` and the usual small tools.
---
---Errors: `argument.invalid`. Its methods add those of the engine (`docker.not_found`, `docker.conflict` where the container does not
---run) and `machine.shell` where there is no `sh` in it.
---Permission: none; the methods have their own: `docker` with the engine, `container.exec` and the container's name. Waits: no.
---Since: 0.1.
---Source: Docker Engine API, /containers/{id}/exec.
---
---```lua
---local engine = require("docker").connect()
---local size = machine.container(engine, "web"):stat("/data/app.db").size
---```
---@param engine docker.Engine              Engine that the container is on.
---@param name string                       Name or id of the container.
---@param options? { user?: string }        User in it. Default: the container's own.
---@return machine.Machine machine          The inside of the container.
function machine.container(engine, name, options) end

---Gives the same machine, where everything is done as another user, by sudo.
---
---The password is given to sudo when it asks for one and at no other time. A wrong one is an error; it is not tried again. sudo must
---allow `sh`. Only for machines that are reached through a shell. The journal keeps no secrets: what is done with a password is not
---brought back by a later run.
---
---Errors: `argument.invalid`, `machine.unsupported` (this computer). Its methods add `machine.sudo_password` (wrong, or needed and not
---given), `machine.sudo` (sudo is not there, or does not allow it) and `machine.unknown_user`.
---Permission: none; the methods have their own. Waits: no. Since: 0.1.
---Source: sudo(8).
---
---```lua
---local root = machine.ssh("deploy@web1"):sudo()
---root:file_ensure { path = "/etc/motd", content = "hello\n" }
---```
---@param options? { user?: string, password?: string } User to be (default: root), and the password of who logs in; may be a secret.
---@return machine.Machine machine            The machine.
function Machine:sudo(options) end

---Runs a program that may change something, and waits for its end.
---
---There is no shell: `argv` is the program and its arguments. A bare name is looked up in the system's directories
---(/usr/local/sbin, /usr/local/bin, /usr/sbin, /usr/bin, /sbin, /bin). The program gets PATH, HOME, USER, LOGNAME,
---LANG=C.UTF-8 and TZ, and what `env` adds; nothing else of the environment of the runbook. It leads a process group of
---its own, which is ended (SIGTERM, five seconds later SIGKILL) on cancellation and after `timeout`. Secrets are refused
---as arguments, because every user of a machine can read command lines: pass them with `env` or `stdin`. Behind a shell all arguments
---together may have some 100 KiB; more is `machine.argument`.
---A dry run does not run it. A run that was broken off here cannot tell by itself whether the program did its work.
---
---With `job` it can. The program is then started on the other machine in a session of its own, and its output is kept there in
---files, in the directory `${XDG_STATE_HOME:-~/.local/state}/runbook/jobs/NAME`. When the connection is lost, runbook connects
---again, for as long as `timeout` leaves it, and goes on where the output was left: no line is lost, none comes twice. When the run
---itself is broken off the program goes on, and `runbook resume` finds it by its name: it waits for its end, or takes its
---result when it has ended already, and starts it only where it never was. A job of the same name that another run began and that
---still runs is an error, and so is one of this run with another program, directory, environment or input. Ctrl-C and `timeout`
---end the program there. Its files are removed when the result is recorded; those that nobody asked for in 30 days, with the next
---job. Environment and input are never written to a disk there; an input may have 8 MiB. `code` is 128 plus the signal's number
---after a signal, and `seconds` are whole.
---
---Errors: `machine.exit` (context: `exit_code`, `signal`, `output`), `machine.timeout`, `machine.not_found`,
---`machine.permission`, `machine.secret_argument`, `machine.argument`, `machine.moved`, `machine.failed`. With `job` also
---`machine.job` (another one of that name), `machine.busy` (still running for another run), `machine.job_lost` (it ended and nobody
---knows how), `machine.too_large` (its input) and `machine.unsupported` (on this computer).
---Permission: `run` with the program's path. Waits: yes. Since: 0.1.
---Source: posix_spawn(3).
---
---```lua
---machine.here():run({ "systemctl", "reload", "nginx" }, { timeout = "1m" })
---machine.ssh("deploy@web1"):run({ "/srv/app/migrate" }, { job = "migrate", timeout = "2h" })
---```
---@param argv string[]                  Program and its arguments.
---@param options? machine.RunOptions    Options.
---@return machine.ProgramResult result What it gave back.
function Machine:run(argv, options) end

---Runs a program that only reads, and waits for its end.
---
---As `run`, but the author promises that the program changes nothing, so a dry run runs it too. The promise is not
---checked: whoever permits the program permits whatever it does. Output over `max_output` is an error, because
---an answer that is cut off is no answer.
---
---Errors: `machine.exit`, `machine.timeout`, `machine.output_limit`, `machine.not_found`, `machine.permission`,
---`machine.secret_argument`, `machine.argument`, `machine.moved`, `machine.failed`.
---Permission: `run` with the program's path. Waits: yes. Since: 0.1.
---Source: posix_spawn(3).
---
---```lua
---local kernel = machine.here():query({ "uname", "-r" }).stdout
---```
---@param argv string[]               Program and its arguments.
---@param options? machine.Program    Options.
---@return machine.ProgramResult result What it gave back.
function Machine:query(argv, options) end

---Gives the content of a regular file.
---
---The bytes come as they are. Devices, FIFOs and sockets are refused. A relative path starts at the runbook's directory.
---
---Errors: `machine.not_found`, `machine.permission`, `machine.not_regular`, `machine.too_large`, `machine.path`,
---`machine.links`, `machine.moved`, `machine.not_directory`, `machine.io`.
---Permission: `read` with the path, links followed. Waits: yes. Since: 0.1.
---Source: open(2), read(2).
---
---```lua
---local host = machine.here():read "/etc/hostname"
---```
---@param path string                                Path of the file.
---@param options? { limit?: integer|string, secret?: boolean } Most bytes to read (default: 64 MiB, of a secret 1 MiB), and whether the content comes as a secret, which the script can pass on but not look into (default: false).
---@return string|secret content                     Content of the file.
function Machine:read(path, options) end

---Says what is at a path; raises where nothing is.
---
---Errors: `machine.not_found`, `machine.permission`, `machine.path`, `machine.links`, `machine.moved`, `machine.not_directory`.
---Permission: `read` with the path. Waits: yes. Since: 0.1.
---Source: fstatat(2).
---
---```lua
---local size = machine.here():stat("/etc/hosts").size
---```
---@param path string                                Path to look at.
---@param options? { follow?: boolean }              Whether to look through a link in the last place. Default: true.
---@return machine.Entry entry                       What is there.
function Machine:stat(path, options) end

---Says what is at a path, or nil where nothing is.
---
---Errors: `machine.permission`, `machine.path`, `machine.links`, `machine.moved`.
---Permission: `read` with the path. Waits: yes. Since: 0.1.
---Source: fstatat(2).
---
---```lua
---if not machine.here():find "/etc/nginx" then print "no nginx here" end
---```
---@param path string                                Path to look at.
---@param options? { follow?: boolean }              Whether to look through a link in the last place. Default: true.
---@return machine.Entry? entry                      What is there.
function Machine:find(path, options) end

---Lists a directory, sorted by name.
---
---Errors: `machine.not_found`, `machine.permission`, `machine.not_directory`, `machine.too_large` (over 100,000 entries),
---`machine.path`, `machine.links`, `machine.moved`.
---Permission: `read` with the path. Waits: yes. Since: 0.1.
---Source: readdir(3).
---
---```lua
---for _, entry in ipairs(machine.here():list "/etc/cron.d") do print(entry.name) end
---```
---@param path string                  Path of the directory.
---@return machine.Entry[] entries     What is in it; links are not followed.
function Machine:list(path) end

---Gives the SHA-256 of a regular file, in hex.
---
---Errors: `machine.not_found`, `machine.permission`, `machine.not_regular`, `machine.path`, `machine.links`, `machine.moved`.
---Permission: `read` with the path. Waits: yes. Since: 0.1.
---Source: FIPS 180-4.
---
---```lua
---local sum = machine.here():checksum "/etc/hosts"
---```
---@param path string      Path of the file.
---@return string sum      64 hex digits.
function Machine:checksum(path) end

---Says how a file differs from what it should be.
---
---Links in the last place are not followed. Content given as a secret is compared but never shown.
---
---Errors: `machine.permission`, `machine.too_large`, `machine.mode`, `machine.unknown_user`, `machine.unknown_group`,
---`machine.path`, `machine.moved`.
---Permission: `read` with the path. Waits: yes. Since: 0.1.
---Source: fstatat(2), read(2).
---
---```lua
---local seen = machine.here():file_verify("/etc/motd", { content = "hello\n", mode = "0644" })
---if not seen.same then print(seen.diff) end
---```
---@param path string                                       Path of the file or directory.
---@param options? { content?: string, mode?: string, owner?: string, group?: string } What it should be; what is absent is not compared.
---@return machine.Verified seen                            What is there and how it differs.
function Machine:file_verify(path, options) end

---Writes a file whole: a reader sees the old content or the new, never a part.
---
---The content goes to a new file in the same directory, is synced to disk and takes the old file's place. Mode and owner of
---an existing file are kept unless they are given; other hard links keep the old content. The directory must exist.
---A symbolic link in the last place is refused. Undo restores the former file, up to 1 MiB.
---
---Errors: `machine.not_found`, `machine.permission`, `machine.no_space`, `machine.read_only`, `machine.not_regular`,
---`machine.not_directory`, `machine.mode`, `machine.unknown_user`, `machine.unknown_group`, `machine.path`,
---`machine.moved`, `machine.cannot_revert`, `machine.io`.
---Permission: `write` with the path, links of its directory followed. Waits: yes. Since: 0.1.
---Source: rename(2), fsync(2).
---
---```lua
---machine.here():write("/etc/motd", "hello\n", { mode = "0644" })
---```
---@param path string                        Path of the file.
---@param content string                     New content: text, bytes or a secret.
---@param options? machine.Attributes        Mode and owner.
---@return machine.Changed changed           Where it was written.
function Machine:write(path, content, options) end

---Adds to the end of a file, or makes it.
---
---What could not be added whole is taken back. Undo restores the former file, up to 1 MiB. A run that was broken off
---here cannot tell by itself whether it was added.
---
---Errors: those of `write`.
---Permission: `write` with the path. Waits: yes. Since: 0.1.
---Source: open(2) with O_APPEND.
---
---```lua
---machine.here():append("/var/log/deploys", "web 1.2\n")
---```
---@param path string                        Path of the file.
---@param content string                     What to add: text, bytes or a secret.
---@param options? machine.Attributes        Mode and owner.
---@return machine.Changed changed           Where it was added.
function Machine:append(path, content, options) end

---Copies a regular file, with its permission bits. A file that is replaced keeps its own, and its owner.
---
---Errors: those of `write`, and `machine.exists`.
---Permission: `read` with `from`, `write` with `to`. Waits: yes. Since: 0.1.
---Source: read(2), rename(2).
---
---```lua
---machine.here():copy("/etc/hosts", "/etc/hosts.before", { replace = true })
---```
---@param from string   Path of the file.
---@param to string     Path of the copy.
---@param options? { replace?: boolean, mode?: string, owner?: string, group?: string } Whether an existing file may be replaced (default: false), mode and owner.
---@return machine.Changed changed Where the copy is.
function Machine:copy(from, to, options) end

---Renames a file, directory or link, within one file system.
---
---Errors: `machine.not_found`, `machine.exists`, `machine.permission`, `machine.io`, `machine.path`, `machine.moved`.
---Permission: `write` with both paths. Waits: yes. Since: 0.1.
---Source: renameat2(2).
---
---```lua
---machine.here():rename("/srv/app.new", "/srv/app")
---```
---@param from string                           Path now.
---@param to string                             Path afterwards.
---@param options? { replace?: boolean }        Whether what is at `to` may be replaced. Default: false.
---@return machine.Changed changed              Where it is now.
function Machine:rename(from, to, options) end

---Removes a file, a link or an empty directory; with `recursive` all that is in it too.
---
---Succeeds where there is nothing. Never follows links and never goes into another file system. Undo restores a regular
---file up to 1 MiB, a link or an empty directory.
---
---Errors: `machine.permission`, `machine.exists` (not empty), `machine.mount`, `machine.read_only`, `machine.path`, `machine.moved`,
---`machine.cannot_revert`.
---Permission: `write` with the path. Waits: yes. Since: 0.1.
---Source: unlinkat(2).
---
---```lua
---machine.here():remove("/srv/app/releases/12", { recursive = true })
---```
---@param path string                              Path to remove.
---@param options? { recursive?: boolean }         Whether to remove what is in a directory too. Default: false.
---@return machine.Changed changed                 Whether there was something.
function Machine:remove(path, options) end

---Makes a directory, and the parents that are missing (with mode 0755).
---
---Errors: `machine.exists`, `machine.permission`, `machine.no_space`, `machine.mode`, `machine.unknown_user`, `machine.unknown_group`,
---`machine.not_directory`, `machine.path`, `machine.moved`.
---Permission: `write` with the path. Waits: yes. Since: 0.1.
---Source: mkdirat(2).
---
---```lua
---machine.here():directory_create("/srv/app/releases", { mode = "0750" })
---```
---@param path string                        Path of the directory.
---@param options? machine.Attributes        Mode (default: 0755) and owner.
---@return machine.Changed changed           Where it is.
function Machine:directory_create(path, options) end

---Makes a symbolic link.
---
---Errors: `machine.exists`, `machine.not_found`, `machine.permission`, `machine.path`, `machine.moved`.
---Permission: `write` with the path of the link. Waits: yes. Since: 0.1.
---Source: symlinkat(2).
---
---```lua
---machine.here():link_create("/srv/app/current", "releases/13", { replace = true })
---```
---@param path string                           Path of the link.
---@param to string                             Where it leads, as it is to be written in the link.
---@param options? { replace?: boolean }        Whether another link may be replaced, in one step (behind a shell: where `mv` knows -T). Default: false.
---@return machine.Changed changed              Where the link is.
function Machine:link_create(path, to, options) end

---Changes mode, owner or group of a file or directory.
---
---Errors: `machine.not_found`, `machine.permission`, `machine.not_regular` (a link), `machine.mode`, `machine.unknown_user`,
---`machine.unknown_group`, `machine.path`, `machine.moved`.
---Permission: `write` with the path. Waits: yes. Since: 0.1.
---Source: fchownat(2), chmod(2).
---
---```lua
---machine.here():attributes_update("/srv/app/config", { mode = "0640", group = "www-data" })
---```
---@param path string                        Path of the file or directory.
---@param options? machine.Attributes        What to change.
---@return machine.Changed changed           Where it was changed.
function Machine:attributes_update(path, options) end

---Sends a file of this computer to a path there, where it differs.
---
---Sizes and checksums (SHA-256) are compared first. What is sent goes to a directory `.runbook-...` beside the target, as it is read:
---the size of the file does not matter. It is counted and its checksum compared, it gets its owner and mode, is synced and takes the
---target's place by rename. A connection that is lost is made anew, and the transfer goes on from what has arrived, several times
---within `timeout`; so does the next run, when this one was ended. What else is at the target than a regular file is an error.
---A plan shows the sizes and checksums, and of small texts the lines that change. Undo restores a former file up to 1 MiB; a larger one
---has no way back, and undo says so. Without a tool for SHA-256 there (sha256sum, shasum, openssl) it is always sent, from the
---beginning, and only its size is compared.
---
---Errors: `machine.source_changed` (it was written to meanwhile), `machine.not_found`, `machine.permission`, `machine.no_space`,
---`machine.read_only`, `machine.not_regular`, `machine.mode`, `machine.unknown_user`, `machine.unknown_group`, `machine.timeout`; those of the
---connection.
---Permission: `read` with `from`, `write` with `to`, as the machine has it. Waits: yes. Since: 0.1.
---Source: `upload_verify`, `file_put`.
---
---```lua
---machine.ssh("deploy@web1"):upload("build/app.tar", "/srv/app/app.tar", { mode = "0644" })
---```
---@param from string                          Path of the file here.
---@param to string                            Path of the file there.
---@param options? machine.TransferOptions     Options.
---@return machine.Transferred file            The file there.
---@return boolean changed                     Whether anything was changed, or would be.
function Machine:upload(from, to, options) end

---Says whether a file there is the same as one here, by size and checksum.
---
---Errors: those of `stat` and `read`.
---Permission: `read` with both paths. Waits: yes. Since: 0.1.
---Source: stat(1), sha256sum(1).
---
---```lua
---local same = machine.ssh("web1"):upload_verify("app.tar", "/srv/app.tar").same
---```
---@param from string                          Path of the file here.
---@param to string                            Path of the file there.
---@param options? machine.TransferOptions     What the file there should be like.
---@return machine.TransferVerified seen       What was seen.
function Machine:upload_verify(from, to, options) end

---Sends a file there: what `upload` does where it differs.
---
---Errors: those of `upload`.
---Permission: `read` with `from`, `write` with `to`. Waits: yes. Since: 0.1.
---Source: sh(1), rename(2).
---
---```lua
---machine.ssh("web1"):file_put("app.tar", "/srv/app.tar")
---```
---@param from string                          Path of the file here.
---@param to string                            Path of the file there.
---@param options? { mode?: string, owner?: string, group?: string, keep_times?: boolean, timeout?: number|string, on_progress?: function, size?: integer, sha256?: string } Those of `upload`; size and SHA-256 where they are known from a moment ago.
---@return machine.Transferred file            The file there.
function Machine:file_put(from, to, options) end

---Fetches a file from there to a path of this computer, where it differs: `upload` the other way round.
---
---Mode and owner are those of the file here; a new one has the mode of the one there.
---
---Errors: those of `upload`.
---Permission: `read` with `from`, as the machine has it; `write` with `to`. Waits: yes. Since: 0.1.
---Source: `download_verify`, `file_fetch`.
---
---```lua
---machine.ssh("deploy@db1"):download("/var/backups/app.dump", "/srv/backups/app.dump")
---```
---@param from string                          Path of the file there.
---@param to string                            Path of the file here.
---@param options? machine.TransferOptions     Options.
---@return machine.Transferred file            The file here.
---@return boolean changed                     Whether anything was changed, or would be.
function Machine:download(from, to, options) end

---Says whether a file here is the same as one there, by size and checksum.
---
---Errors: those of `stat` and `read`.
---Permission: `read` with both paths. Waits: yes. Since: 0.1.
---Source: stat(1), sha256sum(1).
---
---```lua
---local same = machine.ssh("db1"):download_verify("/var/backups/app.dump", "/srv/app.dump").same
---```
---@param from string                          Path of the file there.
---@param to string                            Path of the file here.
---@param options? machine.TransferOptions     What the file here should be like.
---@return machine.TransferVerified seen       What was seen.
function Machine:download_verify(from, to, options) end

---Fetches a file from there: what `download` does where it differs.
---
---Errors: those of `download`.
---Permission: `read` with `from`, `write` with `to`. Waits: yes. Since: 0.1.
---Source: sh(1), rename(2).
---
---```lua
---machine.ssh("db1"):file_fetch("/var/backups/app.dump", "/srv/app.dump")
---```
---@param from string                          Path of the file there.
---@param to string                            Path of the file here.
---@param options? { mode?: string, owner?: string, group?: string, keep_times?: boolean, timeout?: number|string, on_progress?: function, size?: integer, sha256?: string } Those of `download`; size and SHA-256 where they are known from a moment ago.
---@return machine.Transferred file            The file here.
function Machine:file_fetch(from, to, options) end

---Makes a directory there like one of this computer: sends what differs, and with `delete` removes what is only there.
---
---One listing tells what differs: type, size, time of the last change in seconds, mode, where a link leads; the checksum where only
---the times differ. What differs goes as one archive into a directory `.runbook-sync-...` in the tree, that nobody else can look into; when all of it
---has arrived each file takes its place by rename. Files are replaced one by one: who reads meanwhile sees each file old or new,
---never a part of one, but may see some old and some new. The number of round trips does not depend on the number of files. Links are
---sent as links; sockets, pipes and devices are left out on both sides, and so are the directories that only hold such things or what is excluded.
---A file that is replaced keeps its owner. The directory itself keeps its mode and owner where it is there already; where it is made it gets
---those of directories. What sync replaces or removes has no way back.
---The machine needs `tar`, `find` and `xargs`.
---
---Errors: `machine.exists` (a directory on one side and something else on the other; `delete` removes it), `machine.not_regular` (a
---socket, pipe or device is where something is to go), `machine.source_changed`,
---`machine.unsupported`, `machine.too_large`; those of `upload`.
---Permission: `read` with `from`, `write` with `to`, as the machine has it. Waits: yes. Since: 0.1.
---Source: `tree_verify`, `tree_put`, `tree_remove`.
---
---```lua
---machine.ssh("deploy@web1"):sync("site/", "/srv/www", { delete = true, exclude = { "*.map" } })
---```
---@param from string                      Path of the directory here.
---@param to string                        Path of the directory there; it is made where it is missing.
---@param options? machine.SyncOptions     Options.
---@return { path: string, added: string[], changed: string[], removed: integer, bytes: integer } done What differed.
---@return boolean changed                 Whether anything was changed, or would be.
function Machine:sync(from, to, options) end

---Says in what a directory there differs from one here.
---
---Errors: those of `list` and `checksum`.
---Permission: `read` with both paths. Waits: yes. Since: 0.1.
---Source: find(1), stat(1), sha256sum(1).
---
---```lua
---local missing = #machine.ssh("web1"):tree_verify("site", "/srv/www").added
---```
---@param from string                      Path of the directory here.
---@param to string                        Path of the directory there.
---@param options? machine.SyncOptions     Options.
---@return machine.Tree seen               What differs.
function Machine:tree_verify(from, to, options) end

---Sends parts of a tree, as `tree_verify` has told them.
---
---Errors: those of `sync`.
---Permission: `read` with `from`, `write` with `to`. Waits: yes. Since: 0.1.
---Source: tar(1), rename(2).
---
---```lua
---machine.ssh("web1"):tree_put("site", "/srv/www", { added = { "new.html" }, changed = {}, attributes = {} })
---```
---@param from string                      Path of the directory here.
---@param to string                        Path of the directory there.
---@param options { added: string[], changed: string[], attributes: string[], create?: boolean, bytes?: integer, delete?: boolean, exclude?: string[], mode?: string, directory_mode?: string, owner?: string, group?: string, timeout?: number|string, on_progress?: function } What to send; `create`: make the directory.
---@return machine.Changed changed         Where it went.
function Machine:tree_put(from, to, options) end

---Removes files and directories from a tree, as `tree_verify` has told them.
---
---A directory that others have put something into stays. It cannot be taken back.
---
---Errors: those of `remove`.
---Permission: `write` with the path. Waits: yes. Since: 0.1.
---Source: unlink(2), rmdir(2).
---
---```lua
---machine.ssh("web1"):tree_remove("/srv/www", { files = { "old.html" }, directories = {} })
---```
---@param to string                        Path of the directory there.
---@param options { files: string[], directories: string[], timeout?: number|string } Paths in it; the deepest directories first.
---@return machine.Changed changed         Where they were.
function Machine:tree_remove(to, options) end

---Starts a program that outlives the run, known by a name.
---
---It runs in a session of its own, with its output appended to `log`. A program that ends within its first moments is an
---error with the end of its log. Its record is in the state directory of runbook; that another process has got its number
---since is told by the start time. Undo stops it.
---
---Errors: `machine.exists` (it runs), `machine.exit`, `machine.not_found`, `machine.permission`, `machine.secret_argument`,
---`machine.argument`, `machine.busy`, `machine.record`, `machine.not_regular`, `machine.moved`.
---Permission: `run` with the program's path and with `process:NAME`; `write` with `log`. Waits: yes. Since: 0.1.
---Source: setsid(2), proc(5).
---
---```lua
---machine.here():process_start { name = "web", argv = { "/srv/app/serve", "--port", "8080" } }
---```
---@param options machine.ProcessOptions  What to start.
---@return machine.Process process        The process.
function Machine:process_start(options) end

---Gives the process of a name, running or ended; raises where none was started or it was stopped.
---
---Errors: `machine.not_found`, `machine.argument`, `machine.record`.
---Permission: `run` with `process:NAME`. Waits: yes. Since: 0.1.
---Source: proc(5).
---
---```lua
---local pid = machine.here():process_get("web").pid
---```
---@param name string                 Name of the process.
---@return machine.Process process    The process.
function Machine:process_get(name) end

---Gives the process of a name, or nil.
---
---Errors: `machine.argument`, `machine.record`.
---Permission: `run` with `process:NAME`. Waits: yes. Since: 0.1.
---Source: proc(5).
---
---```lua
---local web = machine.here():process_find "web"
---```
---@param name string                  Name of the process.
---@return machine.Process? process    The process.
function Machine:process_find(name) end

---Says whether the process of a name runs as described.
---
---Errors: `machine.argument`, `machine.record`.
---Permission: `run` with `process:NAME`. Waits: yes. Since: 0.1.
---Source: proc(5).
---
---```lua
---local state = machine.here():process_verify({ name = "web", argv = { "/srv/app/serve" } }).state
---```
---@param options machine.ProcessOptions  How it should run.
---@return { state: string } seen         "absent", "stopped", "different" or "same", with the fields of `machine.Process` where there is one.
function Machine:process_verify(options) end

---Stops the process of a name and everything in its group: SIGTERM, after the grace SIGKILL.
---
---Succeeds where it does not run. Taken back (`rb.revert`) it starts the process again as it was, unless it had an
---environment, which is not kept.
---
---Errors: `machine.timeout`, `machine.permission`, `machine.argument`, `machine.busy`, `machine.record`.
---Permission: `run` with `process:NAME`. Waits: yes. Since: 0.1.
---Source: kill(2).
---
---```lua
---machine.here():process_stop("web", { grace = "30s" })
---```
---@param name string                                 Name of the process.
---@param options? { grace?: number|string }          Seconds, or text such as "30s", before SIGKILL. Default: 10.
---@return { name: string, changed: boolean } stopped Whether it ran.
function Machine:process_stop(name, options) end

---Makes a file be as described: reads it, and changes only what differs.
---
---Without `content` the content is left as it is. A plan shows the difference as a diff, unless the content is a secret.
---
---Errors: those of `write` and `file_verify`.
---Permission: `write` with the path. Waits: yes. Since: 0.1.
---Source: `file_verify`, `write`, `attributes_update`.
---
---```lua
---machine.here():file_ensure { path = "/etc/motd", content = "hello\n", mode = "0644" }
---```
---@param options { path: string, content?: string, mode?: string, owner?: string, group?: string } The file.
---@return { path: string } file     The file.
---@return boolean changed           Whether anything was changed, or would be.
function Machine:file_ensure(options) end

---Makes a directory be as described: makes it where it is missing, and changes mode and owner where they differ.
---
---Errors: those of `directory_create` and `attributes_update`; `machine.not_regular` where something else is there.
---Permission: `write` with the path. Waits: yes. Since: 0.1.
---Source: `file_verify`, `directory_create`, `attributes_update`.
---
---```lua
---machine.here():directory_ensure { path = "/srv/app", owner = "app", mode = "0750" }
---```
---@param options { path: string, mode?: string, owner?: string, group?: string } The directory.
---@return { path: string } directory The directory.
---@return boolean changed            Whether anything was changed, or would be.
function Machine:directory_ensure(options) end

---Makes a symbolic link lead where it should; another link is replaced in one step.
---
---Errors: those of `link_create`; `machine.not_regular` where something else is there.
---Permission: `write` with the path of the link. Waits: yes. Since: 0.1.
---Source: `find`, `link_create`.
---
---```lua
---machine.here():link_ensure { path = "/srv/app/current", to = "releases/13" }
---```
---@param options { path: string, to: string } The link, and where it leads.
---@return { path: string } link     The link.
---@return boolean changed           Whether anything was changed, or would be.
function Machine:link_ensure(options) end

---Makes a file be what a template gives.
---
---The template is text, or the file `source` on the computer that runs the runbook. With secrets among the values the
---file is made for its owner alone, and no diff of it is shown.
---
---Errors: those of `file_ensure`, of `read` for `source`, and `template.render`'s; `argument.invalid`.
---Permission: `write` with the path, `read` with `source`. Waits: yes. Since: 0.1.
---Source: `template.render`, `file_ensure`.
---
---```lua
---machine.here():template_ensure { path = "/etc/app.conf", source = "app.conf.tmpl", values = { port = 8080 } }
---```
---@param options { path: string, template?: string, source?: string, values?: table, mode?: string, owner?: string, group?: string } The file, and what it is made of.
---@return { path: string } file     The file.
---@return boolean changed           Whether anything was changed, or would be.
function Machine:template_ensure(options) end

---Makes a line be in a file once, or not at all, and leaves the other lines as they are.
---
---`match`, `after` and `before` are Lua patterns. The last line that `match` finds becomes `line`; where none is
---found and `line` is not there yet, it goes after the last line that `after` finds, or before the first one that `before`
---finds, or to the end. With `state = "absent"` every line that equals `line` or that `match` finds is removed.
---A missing file is made, unless lines are to be absent.
---
---Errors: those of `read` and `write`; `argument.invalid`.
---Permission: `write` with the path. Waits: yes. Since: 0.1.
---Source: `read`, `write`.
---
---```lua
---machine.here():line_ensure { path = "/etc/ssh/sshd_config", match = "^#?PermitRootLogin ", line = "PermitRootLogin no" }
---```
---@param options { path: string, line?: string, match?: string, after?: string, before?: string, state?: string } The line, and where it belongs.
---@return { path: string } file     The file.
---@return boolean changed           Whether anything was changed, or would be.
function Machine:line_ensure(options) end

---Makes a process of a name run as described: starts it where it does not run, and starts it anew where program, arguments,
---directory, environment or log differ.
---
---Errors: those of `process_start` and `process_stop`.
---Permission: `run` with the program's path and with `process:NAME`; `write` with `log`. Waits: yes. Since: 0.1.
---Source: `process_verify`, `process_stop`, `process_start`.
---
---```lua
---machine.here():process_ensure { name = "web", argv = { "/srv/app/serve" }, log = "/var/log/web.log" }
---```
---@param options { name: string, argv: string[], cwd?: string, env?: table<string, any>, log?: string, grace?: number|string } The process; `grace` in seconds before SIGKILL when it is replaced. Default: 10.
---@return machine.Process process   The process.
---@return boolean changed           Whether it was started, or would be.
function Machine:process_ensure(options) end
