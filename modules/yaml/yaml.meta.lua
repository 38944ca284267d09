-- SPDX-License-Identifier: Apache-2.0
---@meta yaml

---YAML 1.2, in and out.
---@class yaml
---@field null userdata  What stands for null in a table; the same value as `rb.null`.
local yaml = {}

---Decodes the one document of a text.
---
---By the core schema of YAML 1.2: `true` and `false` are booleans, `yes`, `no`, `on`, `off` are strings, `0755` is 755 and
---`0o755` is 493. Anchors, aliases and merge keys (`<<`) are followed. Null becomes `yaml.null`. Keys that are no strings
---become their text. Tags other than those of the core schema and `!!binary` are refused. Aliases may stand for at most a
---million values, and nesting may be 100 levels deep.
---
---Errors: `yaml.syntax`, `yaml.duplicate_key` (with both lines), `yaml.alias`, `yaml.tag`, `yaml.key`, `yaml.merge`, `yaml.limit`;
---all with line and column.
---Permission: none. Waits: no. Since: 0.1.
---Source: YAML 1.2.2; merge keys of YAML 1.1.
---
---```lua
---local services = yaml.decode(text).services
---```
---@param text string|secret  YAML.
---@return any value          Value; `yaml.null` where the text has no document.
function yaml.decode(text) end

---Decodes all documents of a text.
---
---Errors: as `yaml.decode`.
---Permission: none. Waits: no. Since: 0.1.
---Source: YAML 1.2.2.
---
---```lua
---for _, document in ipairs(yaml.decode_all(text)) do print(document.kind) end
---```
---@param text string|secret  YAML.
---@return any[] documents    Values.
function yaml.decode_all(text) end

---Says where the values of a text begin: for errors that name a line.
---
---What aliases and merge keys bring has no place of its own.
---
---Errors: as `yaml.decode`.
---Permission: none. Waits: no. Since: 0.1.
---Source: YAML 1.2.2; RFC 6901.
---
---```lua
---print(yaml.positions("web:\n  port: 80\n")["/web/port"].line)
---```
---@param text string   YAML, or JSON.
---@return table places {line, column}, from 1 on, by JSON pointer ("/web/port", "/list/0"); of a member of a map, those of its key.
function yaml.positions(text) end

---Encodes a value in block style, with sorted keys.
---
---What a reader of YAML 1.1 could take for something else is quoted: `"yes"`, `"22:22"`, `"1e3"`. Texts of several lines
---become literal blocks.
---
---Errors: `argument.invalid` (functions, cycles, holes, nesting over 200).
---Permission: none. Waits: no. Since: 0.1.
---Source: YAML 1.2.2.
---
---```lua
---print(yaml.encode { services = { web = { ports = { "8080:80" } } } })
---```
---@param value any     Value.
---@return string text  YAML.
function yaml.encode(value) end

return yaml
