// SPDX-License-Identifier: Apache-2.0
//
// What is said of files that are no usable private key.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "runbook/error.h"

namespace runbook::ssh {

/// "ssh.key_format"
Error damaged(const std::string& name, const std::string& what);
/// "ssh.key_unsupported": `what` is what the file does or is, as a verb.
Error unsupported(const std::string& name, const std::string& what, std::string hint);
/// "ssh.key_unsupported" where keys of this type of SSH's are none that can sign here.
std::optional<Error> refuse_type(std::string_view type, const std::string& name);

/// "ssh.key_unsupported"
Error public_key_given(const std::string& name);

/// "ssh.key_encrypted"
Error passphrase_missing(const std::string& name);
/// "ssh.passphrase"
Error passphrase_wrong(const std::string& name);
/// The hint for a file that is encrypted in a way that is not taken here.
std::string new_encryption(const std::string& name);

}  // namespace runbook::ssh
