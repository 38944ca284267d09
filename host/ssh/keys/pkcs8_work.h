// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/ssh/keys/evp.h"

namespace runbook::ssh {

/// Whether trying a passphrase on this takes seconds at most. The file says how much work it is, and OpenSSL believes
/// it.
bool work_is_reasonable(const X509_SIG* encrypted);

}  // namespace runbook::ssh
