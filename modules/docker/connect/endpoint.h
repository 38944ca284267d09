// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "modules/docker/connect/environment.h"
#include "runbook/http.h"

namespace runbook::docker {

/// Where a target leads, and what has to be said on the way.
struct Endpoint {
  std::string
      address;  ///< "unix:///var/run/docker.sock", "ssh://deploy@web1", "tcp://node1:2376"; of a context its own
  std::string base = "http://docker";  ///< what requests begin with: "https://node1:2376"
  std::string socket;                  ///< a unix socket here; of ssh:// only once it has been forwarded
  std::string ssh_machine;             ///< "ssh://deploy@web1:22"
  std::string ssh_socket;              ///< there; empty: the usual one
  std::shared_ptr<const HttpTls> tls;
  bool insecure = false;
  HttpHeaders headers;
  std::string api_version;  ///< to be spoken without asking; empty: what both speak
  std::string context;      ///< name of the context, where the target is one
};

/// Where `address` leads, without TLS. Errors docker.unsupported, ssh.address.
Result<Endpoint> parse_address(const std::string& address);

/// Puts TLS on what parse_address() gave for tcp://.
void secure(Endpoint& endpoint, std::shared_ptr<const HttpTls> tls, bool insecure);

/// Reads what the target names. May be called on any thread. Errors beside those: docker.tls, docker.context,
/// docker.config.
Result<Endpoint> read_endpoint(const files::Tree& files, const Value& target, const Environment& environment);

}  // namespace runbook::docker
