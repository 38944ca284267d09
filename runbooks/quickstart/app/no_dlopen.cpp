// SPDX-License-Identifier: Apache-2.0
//
// SQLite can load extensions at run time; a static program cannot, and this one must not. The linker sends SQLite's calls
// of dlopen here (--wrap), where nothing is ever found.
extern "C" void* __wrap_dlopen(const char* file, int mode);  // NOLINT: the linker's name
extern "C" void* __wrap_dlopen(const char*, int) { return nullptr; }  // NOLINT: the linker's name
