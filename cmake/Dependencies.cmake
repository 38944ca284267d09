# Static archives where Debian has them: a start costs page faults and relocations for each shared
# object. libcurl and libarchive pull in dozens, so they are loaded on first use (host/core/lazy_library.h)
# and only their headers are needed here. Imported targets: an installed runbook makes them again where it is used.
find_package(Threads REQUIRED)

# Archives are a list: the first that is there.
function(runbook_static_library target header archives)
  cmake_parse_arguments(arg "" "" "SUFFIX;LIBS" ${ARGN})
  find_path(${target}_INCLUDE ${header} PATH_SUFFIXES ${arg_SUFFIX} REQUIRED)
  find_library(${target}_ARCHIVE NAMES ${archives} REQUIRED)
  add_library(runbook_dep_${target} INTERFACE IMPORTED GLOBAL)
  target_include_directories(runbook_dep_${target} SYSTEM INTERFACE ${${target}_INCLUDE})
  target_link_libraries(runbook_dep_${target} INTERFACE ${${target}_ARCHIVE} ${arg_LIBS})
endfunction()

# The C++ build of Lua: with the plain C build a Lua error would jump over C++ destructors.
runbook_static_library(lua lua.h liblua5.4-c++.a SUFFIX lua5.4 LIBS m dl)
# Debian 12 has libuv_a.a, newer releases libuv.a.
runbook_static_library(uv uv.h "libuv_a.a;libuv.a" LIBS Threads::Threads dl rt)
# Since Debian 13 OpenSSL compresses with zlib and zstd (which libarchive-dev brings); earlier ones have no use for them.
find_library(z_ARCHIVE NAMES libz.a REQUIRED)
find_library(zstd_ARCHIVE NAMES libzstd.a)
if(NOT zstd_ARCHIVE)
  set(zstd_ARCHIVE "")
endif()
runbook_static_library(crypto openssl/evp.h libcrypto.a LIBS Threads::Threads dl ${zstd_ARCHIVE} ${z_ARCHIVE})
# A target with a location, as the linker must see it before libcrypto, wherever that stands already.
find_library(ssl_ARCHIVE NAMES libssl.a REQUIRED)
add_library(runbook_dep_ssl STATIC IMPORTED GLOBAL)
set_target_properties(runbook_dep_ssl PROPERTIES IMPORTED_LOCATION ${ssl_ARCHIVE} INTERFACE_LINK_LIBRARIES runbook_dep_crypto)
runbook_static_library(sqlite sqlite3.h libsqlite3.a LIBS Threads::Threads dl m ${z_ARCHIVE})
runbook_static_library(ssh2 libssh2.h libssh2.a LIBS runbook_dep_crypto ${z_ARCHIVE})
runbook_static_library(yaml yaml.h libyaml.a)

find_path(curl_INCLUDE curl/curl.h REQUIRED)
find_path(archive_INCLUDE archive.h REQUIRED)
find_path(json_INCLUDE nlohmann/json.hpp REQUIRED)
add_library(runbook_dep_curl_headers INTERFACE IMPORTED GLOBAL)
target_include_directories(runbook_dep_curl_headers SYSTEM INTERFACE ${curl_INCLUDE})
add_library(runbook_dep_archive_headers INTERFACE IMPORTED GLOBAL)
target_include_directories(runbook_dep_archive_headers SYSTEM INTERFACE ${archive_INCLUDE})
add_library(runbook_dep_json INTERFACE IMPORTED GLOBAL)
target_include_directories(runbook_dep_json SYSTEM INTERFACE ${json_INCLUDE})
