---@meta acme

local acme = {}

---@class acme.Widget
---@field name string     Name of the widget.
---@field number integer  Its number, counted from 1 in each run.

---Creates a widget in the register of this run.
---
---Errors: none.
---Permission: `acme`, target `register`, `widget.create:NAME`. Waits: no. Since: 1.0.
---Source: this example.
---
---```lua
---require("acme").widget_create("left")
---```
---@param name string          Name of the widget.
---@return acme.Widget widget  The widget.
function acme.widget_create(name) end

return acme
