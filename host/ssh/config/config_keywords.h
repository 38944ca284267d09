// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace runbook::ssh {

enum class Keyword {
  kHost,
  kMatch,
  kInclude,
  kIgnoreUnknown,
  kHostName,
  kUser,
  kPort,
  kIdentityFile,
  kCertificateFile,
  kIdentitiesOnly,
  kIdentityAgent,
  kUserKnownHostsFile,
  kStrictHostKeyChecking,
  kProxyJump,
  kProxyCommand,
  kServerAliveInterval,
  kServerAliveCountMax,
  kConnectTimeout,
  kRequiredRsaSize,
  kPassedOver,  ///< OpenSSH's own comfort
  kRefused,     ///< cannot be honoured, and matters
};

struct KeywordEntry {
  const char* name;
  Keyword keyword;
  const char* harmless = "";  ///< of kRefused: values that change nothing, comma-separated, in lower case
  const char* hint = "";      ///< of kRefused
};

/// nullptr where there is no such keyword. Any case.
const KeywordEntry* find_keyword(std::string_view name);
/// The nearest known one, or nothing.
std::string nearest_keyword(std::string_view name);

}  // namespace runbook::ssh
