// SPDX-License-Identifier: Apache-2.0
#include "modules/docker/connect/endpoint.h"

#include "host/core/text.h"
#include "host/net/url.h"
#include "host/ssh/config/client_config.h"
#include "modules/docker/connect/certificates.h"
#include "modules/docker/connect/contexts.h"
#include "modules/docker/connect/target.h"

namespace runbook::docker {

namespace {

constexpr const char* kSupported =
    "supported: unix:// and the path of a socket, tcp:// and a host with its port, ssh:// and a machine, context:// "
    "and a name; "
    "for example unix:///var/run/docker.sock or ssh://deploy@web1";

Result<Endpoint> parse_unix(const std::string& address) {
  Endpoint out;
  out.address = address;
  out.socket = address.substr(7);
  if (out.socket.size() > 1 && out.socket.front() == '/') return out;
  return Error("docker.unsupported", cat("'", printable(address), "' does not name the absolute path of a socket"),
               "for example unix:///var/run/docker.sock");
}

// "deploy@web1:2222/run/user/1000/docker.sock"
Result<Endpoint> parse_ssh(const std::string& address) {
  Endpoint out;
  out.address = address;
  std::string machine = address.substr(6);
  for (const char odd : {'?', '#'}) {
    if (machine.find(odd) != std::string::npos)
      return Error("docker.unsupported", cat("'", printable(address), "': a '", odd, "' has no meaning here"));
  }
  if (const std::size_t slash = machine.find('/'); slash != std::string::npos) {
    out.ssh_socket = machine.substr(slash);
    machine.resize(slash);
    if (out.ssh_socket == "/") out.ssh_socket.clear();
  }
  const std::size_t at = machine.rfind('@');
  if (at != std::string::npos && machine.substr(0, at).find(':') != std::string::npos) {
    return Error("docker.unsupported", "an address over ssh cannot hold a password",
                 "log in with a key: see machine.ssh");
  }
  out.ssh_machine = "ssh://" + machine;
  auto parsed = ssh::Address::parse(out.ssh_machine);
  if (!parsed) return std::move(parsed).error();
  return out;
}

// "https://node1:2376/prefix" of "tcp://node1/prefix/".
std::string base_of(const std::string& address, const char* scheme, const char* usual_port) {
  const std::size_t slash = address.find('/', 6);
  const std::string authority = address.substr(6, slash == std::string::npos ? slash : slash - 6);
  std::string path = slash == std::string::npos ? "" : address.substr(slash);
  while (path.ends_with('/')) path.pop_back();
  const std::size_t colon = authority.rfind(':');
  const bool has_port = colon != std::string::npos && authority.find(']', colon) == std::string::npos;
  return cat(scheme, authority, has_port ? "" : usual_port, path);
}

Result<Endpoint> parse_tcp(const std::string& address) {
  Endpoint out;
  out.address = address;
  out.base = base_of(address, "http://", ":2375");
  // The URL's parser knows what hosts and ports may be.
  if (parse_url(out.base) && out.base.find_first_of("?#") == std::string::npos && !out.base.ends_with(':')) return out;
  return Error("docker.unsupported", cat("'", printable(address), "' does not name a host and a port"),
               "for example tcp://node1:2376");
}

Result<Endpoint> read_tcp(const files::Tree& files, const Value& target) {
  auto out = parse_address(address_of(target));
  if (!out || target["tls"] == Value(false)) return out;
  CertificateFiles from;
  from.must_verify = !target["insecure"].as_bool();
  from.directory = home_expanded(target["certs"].as_string());
  from.ca = home_expanded(target["ca"].as_string());
  from.cert = home_expanded(target["cert"].as_string());
  from.key = home_expanded(target["key"].as_string());
  if (target["key"].is_secret()) from.key_text = target["key"].reveal();
  auto tls = read_certificates(files, from);
  if (!tls) return std::move(tls).error();
  secure(*out, std::move(*tls), target["insecure"].as_bool());
  return out;
}

}  // namespace

Result<Endpoint> parse_address(const std::string& address) {
  if (address.starts_with("unix://")) return parse_unix(address);
  if (address.starts_with("ssh://")) return parse_ssh(address);
  if (address.starts_with("tcp://")) return parse_tcp(address);
  return Error("docker.unsupported", cat("'", printable(address), "' is no engine that can be reached"), kSupported);
}

void secure(Endpoint& endpoint, std::shared_ptr<const HttpTls> tls, bool insecure) {
  endpoint.base = base_of(endpoint.address, "https://", ":2376");
  endpoint.tls = std::move(tls);
  endpoint.insecure = insecure;
}

Result<Endpoint> read_endpoint(const files::Tree& files, const Value& target, const Environment& environment) {
  const std::string& address = address_of(target);
  if (address.starts_with("context://")) return read_context(files, address.substr(10), environment);
  if (address.starts_with("tcp://")) return read_tcp(files, target);
  return parse_address(address);
}

}  // namespace runbook::docker
