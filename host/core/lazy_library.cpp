// SPDX-License-Identifier: Apache-2.0
#include "host/core/lazy_library.h"

#include <dlfcn.h>

#include "host/core/text.h"

namespace runbook {

Status load_library(const char* file, const char* package, std::initializer_list<LazySymbol> symbols) {
  void* library = dlopen(file, RTLD_NOW | RTLD_LOCAL);
  if (!library) {
    const char* reason = dlerror();
    return Error("library.missing", cat("cannot load '", file, "': ", reason ? reason : "unknown reason"),
                 cat("install the package '", package, "' (apt-get install ", package, ")"));
  }
  for (const LazySymbol& symbol : symbols) {
    *symbol.slot = dlsym(library, symbol.name);
    if (!*symbol.slot) {
      return Error("library.missing", cat("'", file, "' has no function '", symbol.name, "': it is too old"),
                   cat("install a newer version of the package '", package, "'"));
    }
  }
  return Unit{};
}

}  // namespace runbook
