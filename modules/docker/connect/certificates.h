// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "host/core/files.h"
#include "runbook/http.h"

namespace runbook::docker {

/// Where the certificates of an engine lie; what is empty is not given.
struct CertificateFiles {
  std::string directory;  ///< with ca.pem, cert.pem and key.pem, for what is not named below
  std::string ca, cert, key;
  std::string key_text;     ///< in place of `key`
  bool must_verify = true;  ///< `directory` has to have a ca.pem
};

/// Reads them. Error docker.tls: one that is missing, is none, an encrypted key, a certificate without its key.
Result<std::shared_ptr<const HttpTls>> read_certificates(const files::Tree& files, const CertificateFiles& from);

}  // namespace runbook::docker
