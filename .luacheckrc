std = "lua54"
max_line_length = 140
codes = true
ignore = { "211/scope" }  -- a <close> variable is used by going out of scope
-- A runbook's world: no io, no os, no debug, no package. What the sandbox removes is not known here either.
local removed = { "io", "os", "debug", "package", "dofile", "loadfile", "collectgarbage" }
for _, folder in ipairs { "modules", "stdlib", "runbooks", "tests" } do files[folder] = { not_globals = removed } end
local of_specs = { "simulate", "survives", "temp_directory", "test_environment" }
files["**/*_spec.lua"] = { std = "+busted", read_globals = of_specs }
files["modules/machine/spec/contract.lua"] = { std = "+busted", read_globals = of_specs }
files["modules/docker/spec/subject.lua"] = { read_globals = of_specs }
files["tests/modules/docker/nodes/*.lua"] = { std = "+busted", read_globals = of_specs }
files["stdlib/stack/spec/text.lua"] = { std = "+busted", read_globals = of_specs }
-- Declarations for editors: functions without bodies, of classes that nothing makes.
files["**/*.meta.lua"] = { ignore = { "241", "111", "112", "113", "212", "131", "631" } }
-- Scripts that break rules on purpose.
exclude_files = { "tests/sandbox/corpus", "build*" }
