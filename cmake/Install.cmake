# What `cmake --install` leaves: the program, the library's public headers, its static archives, and what
# find_package(runbook) needs. Included last, when every target exists.
include(CMakePackageConfigHelpers)

# Every static library below a directory, as CMake knows them: a new one needs no line here.
function(runbook_collect_libraries directory out)
  get_property(targets DIRECTORY ${directory} PROPERTY BUILDSYSTEM_TARGETS)
  get_property(children DIRECTORY ${directory} PROPERTY SUBDIRECTORIES)
  set(found ${${out}})
  foreach(target IN LISTS targets)
    get_target_property(type ${target} TYPE)
    if(type STREQUAL "STATIC_LIBRARY")
      list(APPEND found ${target})
    endif()
  endforeach()
  foreach(child IN LISTS children)
    runbook_collect_libraries(${child} found)
  endforeach()
  set(${out} ${found} PARENT_SCOPE)
endfunction()

set(libraries "")
runbook_collect_libraries(${CMAKE_SOURCE_DIR} libraries)
list(FILTER libraries INCLUDE REGEX "^runbook_")
list(REMOVE_DUPLICATES libraries)

# Users see the public headers, not the tree's; and the tree uses the names that users use where both run the same code.
set(library_names "")
foreach(library IN LISTS libraries)
  get_target_property(directories ${library} INTERFACE_INCLUDE_DIRECTORIES)
  if(directories)
    set_target_properties(${library} PROPERTIES INTERFACE_INCLUDE_DIRECTORIES
      "$<BUILD_INTERFACE:${directories}>;$<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>")
  endif()
  string(REGEX REPLACE "^runbook_" "" name ${library})
  string(APPEND library_names " ${name}")
  set_target_properties(${library} PROPERTIES EXPORT_NAME ${name})
  add_library(runbook::${name} ALIAS ${library})
endforeach()
set_target_properties(runbook_options PROPERTIES EXPORT_NAME options)

set(package_directory ${CMAKE_INSTALL_LIBDIR}/cmake/runbook)
install(TARGETS ${libraries} runbook_options EXPORT runbookTargets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}/runbook)
if(TARGET runbook_embed)
  set_target_properties(runbook_embed PROPERTIES EXPORT_NAME embed)
  add_executable(runbook::embed ALIAS runbook_embed)
  install(TARGETS runbook_embed EXPORT runbookTargets RUNTIME DESTINATION ${CMAKE_INSTALL_LIBDIR}/runbook)
endif()
if(TARGET runbook)
  install(TARGETS runbook RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()
install(DIRECTORY host/include/runbook DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.h")
install(EXPORT runbookTargets NAMESPACE runbook:: DESTINATION ${package_directory})

configure_package_config_file(cmake/runbookConfig.cmake.in ${CMAKE_BINARY_DIR}/runbookConfig.cmake
                              INSTALL_DESTINATION ${package_directory})
write_basic_package_version_file(${CMAKE_BINARY_DIR}/runbookConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_BINARY_DIR}/runbookConfig.cmake ${CMAKE_BINARY_DIR}/runbookConfigVersion.cmake
              cmake/Dependencies.cmake cmake/EmbedLua.cmake cmake/RunbookModule.cmake
        DESTINATION ${package_directory})
# Editors read these: what each function takes and gives.
install(DIRECTORY modules stdlib DESTINATION ${CMAKE_INSTALL_DATADIR}/runbook/meta OPTIONAL FILES_MATCHING PATTERN "*.meta.lua")
