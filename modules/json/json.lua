-- SPDX-License-Identifier: Apache-2.0
local M, internal = ...

-- What stands for null in a table: nil would be no entry at all.
M.null = internal.pure.decode { text = "null" }
