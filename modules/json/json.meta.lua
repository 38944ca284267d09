-- SPDX-License-Identifier: Apache-2.0
---@meta json

---JSON, in and out.
---@class json
---@field null userdata  What stands for null in a table; the same value as `rb.null`.
local json = {}

---Encodes a value on one line, with sorted keys.
---
---Tables with the keys 1 to n are arrays, others objects. An empty table is an object, unless it came from an array. Encoding
---a secret, or a table with one in it, gives a secret.
---
---Errors: `json.number` (infinite, or not a number), `argument.invalid` (functions, cycles, holes, nesting over 200).
---Permission: none. Waits: no. Since: 0.1.
---Source: RFC 8259.
---
---```lua
---print(json.encode { name = "web", ports = { 80, 443 }, note = json.null })
---```
---@param value any     Value.
---@return string text  JSON.
function json.encode(value) end

---Encodes a value for people: indented by two spaces, with sorted keys and a line end.
---
---Errors: as `json.encode`.
---Permission: none. Waits: no. Since: 0.1.
---Source: RFC 8259.
---
---```lua
---print(json.encode_pretty { name = "web" })
---```
---@param value any     Value.
---@return string text  JSON.
function json.encode_pretty(value) end

---Decodes JSON.
---
---Null becomes `json.null`. Whole numbers stay integers as long as they fit. Duplicate keys and nesting over 200 levels are
---refused. Decoding a secret gives secrets for its strings.
---
---Errors: `json.syntax`, with line and column.
---Permission: none. Waits: no. Since: 0.1.
---Source: RFC 8259.
---
---```lua
---local ports = json.decode('{"ports": [80, 443]}').ports
---```
---@param text string|secret  JSON.
---@return any value          Value.
function json.decode(text) end

return json
