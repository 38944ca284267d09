-- SPDX-License-Identifier: Apache-2.0
---@meta runbook

---Runbooks, steps, tasks and errors: what every procedure is made of.

---@class runbook
local rb = {}

---The null of JSON, where nil would leave a hole.
rb.null = nil

---As a step's `undo`: puts back what its effects changed.
rb.revert = nil

---@class runbook.Declaration
---@field summary? string             One line that says what the runbook does.
---@field description? string         More, for `help`.
---@field doc? string                 Manual that it performs: "README.md#deploy".
---@field params? table<string, table> Parameters by name, made with `rb.param`.
---@field secrets? string[]|table<string, string> Names of the secrets that it uses, or names with what they are for.
---@field permissions? table          What it may touch: kind to targets, or to targets with patterns of verbs and names. `{param}` stands for a parameter.
---@field lock? string|string[]       Names that two runs must not hold at once; `{param}` stands for a parameter.
---@field limits? table               Limits of the script: cpu, memory, output, tasks, instructions; and of what the run does: changes, destroys.
---@field on_failure? "keep"|"undo"   What becomes of the finished steps of a failed run. Default: "keep".
---@field run function                What it does, given the parameters.

---Declares a runbook. The file returns what this gives.
---
---Loading the file has no effects: `help`, `check` and `perms` read the declaration without running anything. What is wrong
---with it is reported all at once.
---
---Errors: `declaration.invalid`.
---Permission: none. Waits: no. Since: 0.1.
---Source: runbook's own.
---
---```lua
---return rb.runbook { summary = "Say hello", run = function(p) print("hello") end }
---```
---@param declaration runbook.Declaration What it says of itself, and what it does.
---@return any runbook                    For the file to return.
function rb.runbook(declaration) end

---@class runbook.Param
---@field help? string        What it is for.
---@field default? any        Value where none is given; without one the parameter is required.
---@field required? boolean   Whether it must be given. Default: where there is no default.
---@field pattern? string     Lua pattern that the text must match.
---@field min? number|string  Least value, length or number of entries.
---@field max? number|string  Greatest value, length or number of entries.
---@field choices? string[]   What is allowed; for `enum` the entries of the table itself.
---@field of? string          Type of a list's or map's values.
---@field secret? boolean     Whether it arrives as a secret, and is asked for instead of read from the command line.
---@field [integer] string    Choices of an `enum`.

---Declares a parameter that is a text.
---
---Errors: `declaration.invalid`, `argument.invalid`.
---Permission: none. Waits: no. Since: 0.1.
---Source: runbook's own.
---
---```lua
---local param = rb.param.string { pattern = "^[a-z]+$", help = "service to deploy" }
---```
---@param options? runbook.Param  What it may be.
---@return any param              For a declaration's `params`.
function rb.param.string(options) end

---Declares a parameter that is a whole number.
---
---Errors: `declaration.invalid`, `argument.invalid`.
---Permission: none. Waits: no. Since: 0.1.
---Source: runbook's own.
---
---```lua
---local param = rb.param.int { default = 8080, min = 1024 }
---```
---@param options? runbook.Param  What it may be.
---@return any param              For a declaration's `params`.
function rb.param.int(options) end

---Declares a parameter that is a number.
---
---Errors: `declaration.invalid`, `argument.invalid`.
---Permission: none. Waits: no. Since: 0.1.
---Source: runbook's own.
---
---```lua
---local param = rb.param.number { default = 0.5, max = 1 }
---```
---@param options? runbook.Param  What it may be.
---@return any param              For a declaration's `params`.
function rb.param.number(options) end

---Declares a parameter that is yes or no: --name, --no-name.
---
---Errors: `declaration.invalid`, `argument.invalid`.
---Permission: none. Waits: no. Since: 0.1.
---Source: runbook's own.
---
---```lua
---local param = rb.param.bool { default = false }
---```
---@param options? runbook.Param  What it may be.
---@return any param              For a declaration's `params`.
function rb.param.bool(options) end

---Declares a parameter that is one of a few texts, the entries of the table.
---
---Errors: `declaration.invalid`, `argument.invalid`.
---Permission: none. Waits: no. Since: 0.1.
---Source: runbook's own.
---
---```lua
---local param = rb.param.enum { "blue", "green", default = "green" }
---```
---@param options? runbook.Param  What it may be.
---@return any param              For a declaration's `params`.
function rb.param.enum(options) end

---Declares a parameter that is a time; arrives as seconds.
---
---Errors: `declaration.invalid`, `argument.invalid`.
---Permission: none. Waits: no. Since: 0.1.
---Source: runbook's own.
---
---```lua
---local param = rb.param.duration { default = "5m" }
---```
---@param options? runbook.Param  What it may be.
---@return any param              For a declaration's `params`.
function rb.param.duration(options) end

---Declares a parameter that is a size; arrives as bytes.
---
---Errors: `declaration.invalid`, `argument.invalid`.
---Permission: none. Waits: no. Since: 0.1.
---Source: runbook's own.
---
---```lua
---local param = rb.param.size { default = "10MiB" }
---```
---@param options? runbook.Param  What it may be.
---@return any param              For a declaration's `params`.
function rb.param.size(options) end

---Declares a parameter that is a path; arrives absolute: what is typed starts in the current directory, a default beside the runbook.
---
---Errors: `declaration.invalid`, `argument.invalid`.
---Permission: none. Waits: no. Since: 0.1.
---Source: runbook's own.
---
---```lua
---local param = rb.param.path { default = "state" }
---```
---@param options? runbook.Param  What it may be.
---@return any param              For a declaration's `params`.
function rb.param.path(options) end

---Declares a parameter that is a host name or address.
---
---Errors: `declaration.invalid`, `argument.invalid`.
---Permission: none. Waits: no. Since: 0.1.
---Source: runbook's own.
---
---```lua
---local param = rb.param.host { help = "where to" }
---```
---@param options? runbook.Param  What it may be.
---@return any param              For a declaration's `params`.
function rb.param.host(options) end

---Declares a parameter that is several values.
---
---Errors: `declaration.invalid`, `argument.invalid`.
---Permission: none. Waits: no. Since: 0.1.
---Source: runbook's own.
---
---```lua
---local param = rb.param.list { of = "string" }
---```
---@param options? runbook.Param  What it may be.
---@return any param              For a declaration's `params`.
function rb.param.list(options) end

---Declares a parameter that is names with values.
---
---Errors: `declaration.invalid`, `argument.invalid`.
---Permission: none. Waits: no. Since: 0.1.
---Source: runbook's own.
---
---```lua
---local param = rb.param.map { of = "string" }
---```
---@param options? runbook.Param  What it may be.
---@return any param              For a declaration's `params`.
function rb.param.map(options) end

---Declares a parameter that is any JSON.
---
---Errors: `declaration.invalid`, `argument.invalid`.
---Permission: none. Waits: no. Since: 0.1.
---Source: runbook's own.
---
---```lua
---local param = rb.param.json { default = {} }
---```
---@param options? runbook.Param  What it may be.
---@return any param              For a declaration's `params`.
function rb.param.json(options) end

---@class runbook.StepOptions
---@field key? string             Tells steps of one title apart.
---@field timeout? number|string  Time that the step may take, in seconds or as "5m". Default: none.
---@field check? function         Given the recorded result, says whether the step need not be done again; for an interrupted step: whether it happened, and its result.
---@field idempotent? boolean     Whether an interrupted step may simply be done again. Default: false.
---@field inputs? any             What the step depends on: a resumed run stops where it has changed.
---@field undo? function          Takes the step back, given its result and the parameters; `rb.revert` puts back what its effects changed.
---@field doc? string             Part of the manual that the step performs.

---Runs a step: a named piece of the procedure, durable before the next one begins.
---
---A resumed run gets the recorded result of a finished step instead of doing it again. A step is known by its path: the titles
---around it, and its key. Its result is kept, so it is plain data.
---
---Errors: `step.duplicate`, `step.result`, `resume.inputs`, `resume.secret`, `resume.unknown`, `journal.write`, `argument.invalid`.
---Permission: none. Waits: yes. Since: 0.1.
---Source: runbook's own.
---
---```lua
---local image = rb.step("build", { timeout = "10m" }, function() return "app:3f2a" end)
---```
---@param title string                What the step does.
---@param options runbook.StepOptions Options; may be left out.
---@param run function                Does it, and gives its result.
---@return any result                 What the function gave, now or in an earlier attempt.
function rb.step(title, options, run) end

---@class runbook.TaskOptions
---@field limit? integer     How many run at once. Default: all.
---@field collect? boolean   Whether all run to their end, failures or not. Default: false.
---@field key? function      Gives the name of an item, for the paths of the steps inside. Default: the item itself.

---Runs functions at the same time, and waits for all.
---
---On the first failure the others are cancelled and waited for, and the failure is raised.
---
---Errors: `argument.invalid`, `limit.tasks`.
---Permission: none. Waits: yes. Since: 0.1.
---Source: runbook's own.
---
---```lua
---local got = rb.parallel { a = function() return 1 end, b = function() return 2 end }
---```
---@param functions table<any, function>  Functions, by keys of any sort.
---@param options? runbook.TaskOptions    Options.
---@return table results                  Results by the same keys.
---@return table errors                   Errors by key, where `collect` is set.
function rb.parallel(functions, options) end

---Runs a function for each item of a list, at the same time or a few at a time.
---
---Errors: `argument.invalid`, `limit.tasks`.
---Permission: none. Waits: yes. Since: 0.1.
---Source: runbook's own.
---
---```lua
---local sizes = rb.each({ "a", "bb" }, { limit = 50 }, function(name) return #name end)
---```
---@param list any[]                    Items.
---@param options runbook.TaskOptions   Options; may be left out.
---@param run function                  Given an item and its index.
---@return table results                Results by index.
---@return table errors                 Errors by index, where `collect` is set.
function rb.each(list, options, run) end

---Runs functions at the same time; the first to end decides, and the others are cancelled.
---
---Errors: `argument.invalid`, `limit.tasks`.
---Permission: none. Waits: yes. Since: 0.1.
---Source: runbook's own.
---
---```lua
---local winner = rb.race { quick = function() return "q" end, slow = function() rb.sleep("1m") end }
---```
---@param functions table<any, function>  Functions, by keys of any sort.
---@return any result                     What the first gave; its failure is raised.
---@return any key                        Its key.
function rb.race(functions) end

---Runs a function that may take only so long.
---
---Errors: `timeout`, `argument.invalid`.
---Permission: none. Waits: yes. Since: 0.1.
---Source: runbook's own.
---
---```lua
---rb.timeout("5m", function() rb.sleep(0.01) end)
---```
---@param limit number|string  Seconds, or text such as "5m".
---@param run function         What is run.
---@return any ...             What it gave.
function rb.timeout(limit, run) end

---Waits. In a dry run for a second at most: nothing has been changed that would need its time.
---
---Errors: `argument.invalid`.
---Permission: none. Waits: yes. Since: 0.1.
---Source: runbook's own.
---
---```lua
---rb.sleep("10ms")
---```
---@param duration number|string  Seconds, or text such as "5m".
function rb.sleep(duration) end

---Calls a function, and gives its failure as a value.
---
---Cancelling, and what ends a dry run's knowledge, pass through.
---
---Errors: none.
---Permission: none. Waits: yes. Since: 0.1.
---Source: runbook's own.
---
---```lua
---local value, err = rb.try(function() rb.fail("app.missing", "there is no app") end)
---```
---@param run function  What is called.
---@param ... any       Its arguments.
---@return any ...      What it gave, or nil and the error {code, message, hint, retryable, where, context, cause}.
function rb.try(run, ...) end

---@class runbook.RetryOptions
---@field attempts? integer          How often it is tried in all. Default: 3.
---@field delay? number|string       Time before the second attempt, in seconds or as "5s"; doubled each time. Default: 1.
---@field max_delay? number|string   Longest time between two attempts, in seconds or as "1m". Default: 60.
---@field when? function             Given the error, says whether to try again. Default: unless it cannot get better, as a refused permission.

---Calls a function again until it succeeds.
---
---Errors: those of the function.
---Permission: none. Waits: yes. Since: 0.1.
---Source: runbook's own.
---
---```lua
---local n = rb.retry({ attempts = 5, delay = 0 }, function(attempt) return attempt end)
---```
---@param options runbook.RetryOptions  Options; may be left out.
---@param run function                  Given the number of the attempt.
---@return any ...                      What it gave.
function rb.retry(options, run) end

---@class runbook.WaitOptions
---@field timeout? number|string  Time to wait, in seconds or as "5m". Default: 60.
---@field every? number|string    Time between two looks, in seconds or as "1s". Default: 0.5.
---@field evidence? function      Gives what the error shows when the time is over: the last log lines, say.

---Waits until something is observed.
---
---What the function raises counts as "not yet", but for what time does not mend: `argument.invalid`, `permission.denied`. A dry
---run looks once and goes on.
---
---Errors: `wait.timeout`, `argument.invalid`.
---Permission: none. Waits: yes. Since: 0.1.
---Source: runbook's own.
---
---```lua
---rb.wait_until("it is there", { timeout = "1m" }, function() return true end)
---```
---@param what string                  What is waited for: "the site answers".
---@param options runbook.WaitOptions  Options; may be left out.
---@param observe function             Gives something true when it is so.
---@return any seen                    What it gave.
function rb.wait_until(what, options, observe) end

---Raises an error.
---
---Errors: the given one.
---Permission: none. Waits: no. Since: 0.1.
---Source: runbook's own.
---
---```lua
---rb.try(rb.fail, "deploy.stale", "the image is a week old", { hint = "build it again" })
---```
---@param code string     What programs know it by: "deploy.stale".
---@param message string  What people read.
---@param options? table  hint, context and retryable.
function rb.fail(code, message, options) end

---Gives a declared secret: a value that primitives may open and scripts may pass on, join and encode.
---
---Errors: `secret.undeclared`.
---Permission: a name under `secrets`. Waits: no. Since: 0.1.
---Source: runbook's own.
---
---```lua
---local header = "Bearer " .. rb.secret("API_TOKEN")
---```
---@param name string  Name of the secret.
---@return any secret  The secret; it prints as ***.
function rb.secret(name) end

---@class runbook.ManualOptions
---@field verify? function  Says whether it is done.

---Asks a person to do something.
---
---Where `verify` sees that it is done nobody is asked. An unattended run fails instead of waiting.
---
---Errors: `manual.declined`, `manual.unattended`, `argument.invalid`.
---Permission: none. Waits: yes. Since: 0.1.
---Source: runbook's own.
---
---```lua
---rb.manual { "Set the password in the console", verify = function() return true end }
---```
---@param options runbook.ManualOptions  The text as its first entry, and options.
function rb.manual(options) end

---Says whether a value is the unknown result of a change that a dry run did not make.
---
---Errors: none.
---Permission: none. Waits: no. Since: 0.1.
---Source: runbook's own.
---
---```lua
---if not rb.is_unknown(1) then print("known") end
---```
---@param value any         Any value.
---@return boolean unknown  Whether it is.
function rb.is_unknown(value) end

---Says whether changes are held back: for what a runbook says, not for what it does.
---
---Errors: none.
---Permission: none. Waits: no. Since: 0.1.
---Source: runbook's own.
---
---```lua
---if not rb.dry_run() then print("done") end
---```
---@return boolean dry  Whether this is a dry run.
function rb.dry_run() end
