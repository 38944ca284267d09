// SPDX-License-Identifier: Apache-2.0
//
// The scripts that files are moved by; see shell_scripts.h. All but the first go on by what they read from their
// standard input, which is answered to what they print.
#pragma once

namespace runbook::machine {

extern const char* const kTransferFunctions;  ///< before each of those below
extern const char* const kUploadVerifyScript;
extern const char* const kPutScript;
extern const char* const kFetchScript;
extern const char* const kTreeListScript;
extern const char* const kTreePutScript;
extern const char* const kTreeRemoveScript;

}  // namespace runbook::machine
