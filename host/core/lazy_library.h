// SPDX-License-Identifier: Apache-2.0
//
// Libraries with dozens of dependencies are loaded when they are first used, not when the program starts: most
// runs never need them. A user declares a struct of function pointers and fills it by name:
//
//   struct CurlApi {
//     decltype(&curl_easy_init) easy_init;
//   };
//   load_library("libcurl.so.4", "libcurl4", {lazy_symbol("curl_easy_init", api.easy_init)});
#pragma once

#include <initializer_list>

#include "runbook/result.h"

namespace runbook {

struct LazySymbol {
  const char* name;
  void** slot;
};

template <class R, class... Args>
LazySymbol lazy_symbol(const char* name, R (*&slot)(Args...)) {
  return {name, reinterpret_cast<void**>(&slot)};
}
template <class R, class... Args>
LazySymbol lazy_symbol(const char* name, R (*&slot)(Args..., ...)) {
  return {name, reinterpret_cast<void**>(&slot)};
}

/// Loads a shared library for the rest of the process's life and fills the slots. On failure (code
/// "library.missing", naming `package`) the slots are not to be used. Cheap to call again.
Status load_library(const char* file, const char* package, std::initializer_list<LazySymbol> symbols);

}  // namespace runbook
