-- SPDX-License-Identifier: Apache-2.0
---@meta template

---Templates for configuration files: text with values, conditions and loops, and no programs.
local template = {}

---@alias template.Escape "none"|"shell"|"yaml"|"json"|"html"

---@class template.RenderOptions
---@field escape? template.Escape  Language of the text: every value is written so that it stays one value in it. Default: "none".
---@field name? string             Name of the template, for messages.

---Fills in a template.
---
---`{{ server.ports[1] | default(80) }}` puts out a value; positions in lists count from 1. `{% if a == 1 and not b %}`,
---`{% elif c in list %}`, `{% else %}`, `{% for x in list %}`, `{% for key, value in map %}` and `{% end %}` choose and repeat;
---as in Lua only `false` and `null` count as false. Inside a loop there are `loop.index`, `loop.first` and `loop.last`; maps are
---walked in the order of their keys. `{# … #}` is a comment. A block tag alone on its line leaves no empty line; `{%-` and
---`-%}` take all white space around.
---
---Filters: `base64`, `default(x)`, `first`, `html`, `indent(n)`, `join(separator)`, `json`, `keys`, `last`, `length`, `lower`,
---`raw`, `replace(from, to)`, `shell`, `trim`, `upper`, `yaml`. A value that is not there is an error unless `default` follows.
---Rendering with a secret gives a secret.
---
---Errors: `template.syntax`, `template.undefined`, `template.value`, `template.limit` (16 MiB of text, a million steps); all with
---the line.
---Permission: none. Waits: no. Since: 0.1.
---Source: the syntax follows Jinja's.
---
---```lua
---local conf = template.render("{% for p in ports %}\nlisten {{ p }};\n{% end %}", { ports = { 80, 443 } })
---```
---@param text string|secret             Template.
---@param values? table<string, any>     Values by name.
---@param options? template.RenderOptions
---@return string text                   Text.
function template.render(text, values, options) end

---Writes a value so that it stays one value in a text of some language. A list becomes the words of a shell command.
---
---Errors: `template.value`, `argument.invalid`.
---Permission: none. Waits: no. Since: 0.1.
---Source: POSIX shell, JSON, HTML.
---
---```lua
---local command = "tar -cf - " .. template.escape("shell", { "a file", "another" })
---```
---@param mode template.Escape  Language.
---@param value any             Value.
---@return string text          Text.
function template.escape(mode, value) end

return template
