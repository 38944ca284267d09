// SPDX-License-Identifier: Apache-2.0
#include "modules/docker/connect/environment.h"

#include <unistd.h>

#include <cstdlib>

#include "host/core/text.h"
#include "modules/docker/connect/target.h"

namespace runbook::docker {

namespace {

constexpr std::uint64_t kMost = 1U << 20U;

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

std::string absolute(const std::string& path) {
  if (path.starts_with('/')) return files::normalise(path);
  char* here = getcwd(nullptr, 0);
  const std::string directory = here != nullptr ? here : "/";
  std::free(here);
  return files::normalise(cat(directory, "/", path));
}

}  // namespace

Environment Environment::current() {
  Environment out;
  const std::string config = variable("DOCKER_CONFIG");
  out.config_directory = config.empty() ? home_expanded("~/.docker") : absolute(config);
  out.host = trim(variable("DOCKER_HOST"));
  out.context = variable("DOCKER_CONTEXT");
  out.tls_verify = !variable("DOCKER_TLS_VERIFY").empty();
  out.tls = out.tls_verify || !variable("DOCKER_TLS").empty();
  const std::string certs = variable("DOCKER_CERT_PATH");
  out.cert_path = certs.empty() ? out.config_directory : absolute(certs);
  out.api_version = variable("DOCKER_API_VERSION");
  out.custom_headers = variable("DOCKER_CUSTOM_HEADERS");
  return out;
}

Result<Value> read_config(const files::Tree& files, const Environment& environment) {
  const std::string path = environment.config_file();
  auto text = read_file(files, path);
  if (!text && text.error().code == "file.not_found") return Value(Value::Object{});
  if (!text) return Error("docker.config", cat("docker's configuration cannot be read: ", text.error().message));
  // An empty file is one that was begun, and as good as none.
  if (trim(*text).empty()) return Value(Value::Object{});
  auto config = from_json(*text);
  if (config && config->is_object()) return config;
  return Error("docker.config", cat("'", printable(path), "' is no configuration of docker: ",
                                    config ? "it is no object" : config.error().message));
}

Result<std::string> read_file(const files::Tree& files, const std::string& path) {
  auto real = files.resolve(path, files::Last::kFollow);
  if (!real) return std::move(real).error();
  return files.read(*real, kMost);
}

}  // namespace runbook::docker
