# A module is a folder with one call:
#
#   runbook_add_module(<name> CLIENT a.cpp b.cpp BINDING <name>_module.cpp LUA <name>.lua LIBS ... NAMESPACE <namespace>)
#
# The module is `extern const Module kModule` in namespace runbook::<name>; where <name> is a word of C++, NAMESPACE is
# another. A simulator, <name>.sim.lua, is found by its name, and so are its parts, sim/*.lua.
#
# CLIENT sources are compiled without Lua's headers on their path: a client that reaches for Lua does not
# compile. BINDING holds the table of operations. LUA (optional) is policy on top of them: <name>.lua, and more files that
# are run after it with the same arguments. <name>.meta.lua is required: it is, with meta/*.meta.lua where the module is
# large, the only description of the module's functions.
#
# It is installed too: a program that embeds runbook adds its own modules with the same call.
define_property(GLOBAL PROPERTY RUNBOOK_MODULES BRIEF_DOCS "names of the built-in modules")
define_property(GLOBAL PROPERTY RUNBOOK_MODULE_NAMESPACES BRIEF_DOCS "their namespaces, in the same order")

function(runbook_add_module name)
  cmake_parse_arguments(arg "" "NAMESPACE" "CLIENT;BINDING;LUA;LIBS" ${ARGN})
  if(NOT arg_NAMESPACE)
    set(arg_NAMESPACE ${name})
  endif()
  set_property(GLOBAL APPEND PROPERTY RUNBOOK_MODULES ${name})
  set_property(GLOBAL APPEND PROPERTY RUNBOOK_MODULE_NAMESPACES ${arg_NAMESPACE})
  add_library(runbook_${name} STATIC ${arg_CLIENT} ${arg_BINDING})
  target_link_libraries(runbook_${name} PUBLIC runbook::core runbook::network runbook::gate
                        PRIVATE ${arg_LIBS} $<TARGET_NAME_IF_EXISTS:runbook_options>)
  target_include_directories(runbook_${name} PUBLIC ${CMAKE_SOURCE_DIR})
  set(files "${name}.meta=${name}.meta.lua")
  file(GLOB parts CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/meta/*.meta.lua)
  foreach(part IN LISTS parts)
    get_filename_component(part_name ${part} NAME_WE)
    list(APPEND files "${name}.${part_name}.meta=${part}")
  endforeach()
  foreach(policy IN LISTS arg_LUA)
    get_filename_component(policy_name ${policy} NAME_WE)
    if(policy_name STREQUAL name)
      list(APPEND files "${name}=${policy}")
    else()
      list(APPEND files "${name}.lua.${policy_name}=${policy}")
    endif()
  endforeach()
  if(EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/${name}.sim.lua)
    list(APPEND files "${name}.sim=${name}.sim.lua")
    file(GLOB parts CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/sim/*.lua)
    foreach(part IN LISTS parts)
      get_filename_component(part_name ${part} NAME_WE)
      list(APPEND files "${name}.sim.${part_name}=${part}")
    endforeach()
  endif()
  runbook_embed_lua(runbook_${name} SYMBOL ${name}_embedded FILES ${files})
endfunction()

# Writes module_registry.cpp: explicit, because linkers drop objects that only register themselves.
function(runbook_write_module_registry)
  get_property(names GLOBAL PROPERTY RUNBOOK_MODULES)
  get_property(namespaces GLOBAL PROPERTY RUNBOOK_MODULE_NAMESPACES)
  set(declarations "")
  set(rows "")
  set(targets "")
  foreach(name namespace IN ZIP_LISTS names namespaces)
    string(APPEND declarations "namespace ${namespace} { extern const Module kModule; }\n")
    string(APPEND rows "  host.add(${namespace}::kModule);\n")
    list(APPEND targets runbook_${name})
  endforeach()
  set(REGISTRY_DECLARATIONS "${declarations}")
  set(REGISTRY_ROWS "${rows}")
  configure_file(${CMAKE_SOURCE_DIR}/cmake/module_registry.cpp.in ${CMAKE_BINARY_DIR}/module_registry.cpp @ONLY)
  add_library(runbook_modules STATIC ${CMAKE_BINARY_DIR}/module_registry.cpp)
  target_link_libraries(runbook_modules PUBLIC runbook_host ${targets} PRIVATE runbook_options)
endfunction()
