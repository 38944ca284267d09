# Lua sources become bytecode at build time: the program parses none of its own Lua when it starts.
#
#   runbook_embed_lua(<target> NAMESPACE <ns> FILES <name>=<file>...)
#
# adds a generated source to <target> that registers each chunk under <name> (see host/script/embedded.h).
function(runbook_embed_lua target)
  cmake_parse_arguments(arg "" "SYMBOL" "FILES" ${ARGN})
  set(out ${CMAKE_CURRENT_BINARY_DIR}/${arg_SYMBOL}.cpp)
  set(pairs "")
  set(deps "")
  foreach(entry IN LISTS arg_FILES)
    string(REGEX REPLACE "^([^=]+)=(.*)$" "\\1;\\2" parts "${entry}")
    list(GET parts 0 name)
    list(GET parts 1 file)
    get_filename_component(path ${file} ABSOLUTE)
    list(APPEND pairs "${name}=${path}")
    list(APPEND deps ${path})
  endforeach()
  add_custom_command(
    OUTPUT ${out}
    COMMAND runbook::embed ${out} ${arg_SYMBOL} ${CMAKE_SOURCE_DIR} ${pairs}
    DEPENDS runbook::embed ${deps}
    COMMENT "Embedding ${arg_SYMBOL}"
    VERBATIM)
  target_sources(${target} PRIVATE ${out})
endfunction()
