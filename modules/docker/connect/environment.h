// SPDX-License-Identifier: Apache-2.0
//
// What the docker CLI would find in this user's environment. Only context:// targets and credentials look there.
#pragma once

#include <string>

#include "host/core/files.h"
#include "runbook/value.h"

namespace runbook::docker {

struct Environment {
  std::string config_directory;  ///< DOCKER_CONFIG, else ~/.docker
  std::string host;              ///< DOCKER_HOST
  std::string context;           ///< DOCKER_CONTEXT
  bool tls = false;              ///< DOCKER_TLS or DOCKER_TLS_VERIFY
  bool tls_verify = false;       ///< DOCKER_TLS_VERIFY
  std::string cert_path;         ///< DOCKER_CERT_PATH, else the configuration's directory
  std::string api_version;       ///< DOCKER_API_VERSION
  std::string custom_headers;    ///< DOCKER_CUSTOM_HEADERS

  static Environment current();
  std::string config_file() const { return config_directory + "/config.json"; }
};

/// config.json, or an empty object where there is none. Error docker.config.
Result<Value> read_config(const files::Tree& files, const Environment& environment);

/// A file below 1 MiB, links followed.
Result<std::string> read_file(const files::Tree& files, const std::string& path);

}  // namespace runbook::docker
