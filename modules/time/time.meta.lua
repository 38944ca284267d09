-- SPDX-License-Identifier: Apache-2.0
---@meta time

---The clock and the calendar. To wait, use `rb.sleep`.
local time = {}

---@class time.Calendar
---@field year integer      Year.
---@field month integer     Month, 1 to 12.
---@field day integer       Day of the month, 1 to 31.
---@field hour integer      Hour, 0 to 23.
---@field minute integer    Minute, 0 to 59.
---@field second integer    Second, 0 to 59.
---@field weekday integer   Day of the week, 1 (Monday) to 7.
---@field year_day integer  Day of the year, 1 to 366.

---Returns the current time. It is recorded: a resumed run sees what its finished steps saw.
---
---Errors: none.
---Permission: none. Waits: yes. Since: 0.1.
---Source: the system's clock.
---
---```lua
---local name = "backup-" .. time.format(time.now(), { format = "%F" })
---```
---@return number seconds  Unix seconds, to the millisecond.
function time.now() end

---Parses a time in the form of RFC 3339. A date alone is its midnight in UTC; a time needs its offset.
---
---Errors: `time.syntax`.
---Permission: none. Waits: no. Since: 0.1.
---Source: RFC 3339.
---
---```lua
---local expiry = time.parse("2026-02-03T04:05:06+01:00")
---```
---@param text string      Time or date.
---@return number seconds  Unix seconds; an integer where it is whole.
function time.parse(text) end

---Formats a time, by default as RFC 3339 in UTC.
---
---Formats know `%Y %m %d %H %M %S`, `%f` (milliseconds), `%j` (day of the year), `%a %A %b %B` (English names), `%u` (1 is
---Monday), `%V` and `%G` (ISO week and its year), `%s` (Unix seconds), `%z` (offset), `%F` (date), `%T` (time) and `%%`.
---
---Errors: `time.range`, `time.format`, `time.offset`.
---Permission: none. Waits: no. Since: 0.1.
---Source: RFC 3339, POSIX `strftime`.
---
---```lua
---print(time.format(0, { format = "%A %d %B %Y, %H:%M", offset = "+01:00" }))
---```
---@param seconds number  Unix seconds.
---@param options? { format?: string, offset?: string }  Format; offset from UTC ("+02:00"), default "UTC".
---@return string text    Time.
function time.format(seconds, options) end

---Takes a time apart.
---
---Errors: `time.range`, `time.offset`.
---Permission: none. Waits: no. Since: 0.1.
---Source: ISO 8601.
---
---```lua
---if time.calendar(time.now()).weekday >= 6 then error "no deployments at the weekend" end
---```
---@param seconds number  Unix seconds.
---@param options? { offset?: string }  Offset from UTC ("+02:00"), default "UTC".
---@return time.Calendar calendar  Its parts.
function time.calendar(seconds, options) end

---Reads a duration.
---
---Errors: `argument.invalid`.
---Permission: none. Waits: no. Since: 0.1.
---Source: runbook's durations.
---
---```lua
---assert(time.duration("1h30m") == 5400)
---```
---@param duration duration  Duration, in seconds or as "5m".
---@return number seconds    Seconds.
function time.duration(duration) end

---Writes a duration for people.
---
---Errors: `argument.invalid`.
---Permission: none. Waits: no. Since: 0.1.
---Source: runbook's durations.
---
---```lua
---print("took " .. time.show_duration(250))
---```
---@param duration duration  Duration, in seconds or as "5m".
---@return string text       "4m 10s".
function time.show_duration(duration) end

return time
