// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runbook/operation.h"

namespace runbook::machine::transfer {

extern const Operation kUpload, kUploadVerify, kFilePut;
extern const Operation kDownload, kDownloadVerify, kFileFetch;
extern const Operation kSync, kTreeVerify, kTreePut, kTreeRemove;

}  // namespace runbook::machine::transfer
