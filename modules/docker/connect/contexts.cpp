// SPDX-License-Identifier: Apache-2.0
#include "modules/docker/connect/contexts.h"

#include <algorithm>
#include <cctype>

#include "host/core/text.h"
#include "modules/docker/connect/certificates.h"
#include "modules/docker/connect/headers.h"
#include "modules/docker/digest.h"

namespace runbook::docker {

namespace {

constexpr const char* kDefault = "default";
constexpr const char* kDefaultHost = "unix:///var/run/docker.sock";
constexpr std::size_t kMostContexts = 10000;
constexpr int kDeepest = 8;

std::string store(const Environment& environment) { return environment.config_directory + "/contexts"; }

std::string meta_file(const Environment& environment, const std::string& name) {
  return cat(store(environment), "/meta/", sha256_hex(name), "/meta.json");
}

// The metas of the directory and of those below it, as the docker CLI finds them.
void find_metas(const files::Tree& files, const std::string& directory, int depth, std::vector<std::string>& out) {
  auto real = files.resolve(directory, files::Last::kFollow);
  if (!real) return;
  auto entries = files.list(*real, kMostContexts);
  if (!entries) return;
  for (const files::Entry& entry : *entries) {
    if (entry.name == "meta.json") out.push_back(cat(directory, "/", entry.name));
    if (entry.type == "directory" && depth < kDeepest && out.size() < kMostContexts) {
      find_metas(files, cat(directory, "/", entry.name), depth + 1, out);
    }
  }
}

Result<Value> read_meta(const files::Tree& files, const std::string& path) {
  auto text = read_file(files, path);
  if (!text) return std::move(text).error();
  auto meta = from_json(*text);
  if (meta && (*meta)["Name"].is_string()) return meta;
  return Error("docker.context",
               cat("'", printable(path), "' describes no context", meta ? "" : ": " + meta.error().message));
}

std::vector<std::string> names(const files::Tree& files, const Environment& environment) {
  std::vector<std::string> paths, out{kDefault};
  find_metas(files, store(environment) + "/meta", 0, paths);
  for (const std::string& path : paths) {
    if (auto meta = read_meta(files, path)) out.push_back((*meta)["Name"].as_string());
  }
  std::sort(out.begin(), out.end(), stands_before);
  return out;
}

Result<std::string> chosen(const files::Tree& files, const Environment& environment) {
  if (!environment.host.empty()) return std::string(kDefault);
  if (!environment.context.empty()) return environment.context;
  auto config = read_config(files, environment);
  if (!config) return std::move(config).error();
  const std::string& current = (*config)["currentContext"].as_string();
  return current.empty() ? std::string(kDefault) : current;
}

// The one that is in no store: what the environment says, else this machine's engine.
Result<Endpoint> default_endpoint(const files::Tree& files, const Environment& environment) {
  auto out = parse_address(environment.host.empty() ? kDefaultHost : environment.host);
  if (!out || !environment.tls || !out->socket.empty() || !out->ssh_machine.empty()) return out;
  CertificateFiles from;
  from.directory = environment.cert_path;
  from.must_verify = environment.tls_verify;
  auto tls = read_certificates(files, from);
  if (!tls) return std::move(tls).error();
  secure(*out, std::move(*tls), !environment.tls_verify);
  return out;
}

Result<Endpoint> stored_endpoint(const files::Tree& files, const std::string& name, const Environment& environment) {
  const std::string path = meta_file(environment, name);
  auto meta = read_meta(files, path);
  if (!meta && meta.error().code == "file.not_found") {
    return Error("docker.context",
                 cat("there is no context '", printable(name), "': '", printable(path), "' is missing"),
                 "there are: " + printable(join(names(files, environment), ", ")));
  }
  if (!meta)
    return Error("docker.context", cat("the context '", printable(name), "' cannot be read: ", meta.error().message));
  const Value& docker = (*meta)["Endpoints"]["docker"];
  if (!docker["Host"].is_string() || docker["Host"].as_string().empty()) {
    return Error("docker.context", cat("the context '", printable(name), "' leads to no Docker Engine"),
                 cat("'", printable(path), "' has no endpoint \"docker\" with a Host"));
  }
  auto out = parse_address(docker["Host"].as_string());
  if (!out) {
    Error error = std::move(out).error();
    error.message = cat("the context '", printable(name), "': ", error.message);
    return error;
  }
  if (!out->socket.empty() || !out->ssh_machine.empty()) return out;
  const std::string directory = cat(store(environment), "/tls/", sha256_hex(name), "/docker");
  CertificateFiles from;
  bool any = false;
  for (const auto& [slot, file] : {std::pair{&from.ca, "ca.pem"}, {&from.cert, "cert.pem"}, {&from.key, "key.pem"}}) {
    std::string path_of = cat(directory, "/", file);
    auto real = files.resolve(path_of, files::Last::kFollow);
    if (!real || !files.stat(*real)) continue;
    *slot = std::move(path_of);
    any = true;
  }
  const bool insecure = docker["SkipTLSVerify"].as_bool();
  // A context without any of it is one of plain TCP.
  if (!any && !insecure) return out;
  auto tls = read_certificates(files, from);
  if (!tls) return std::move(tls).error();
  secure(*out, std::move(*tls), insecure);
  return out;
}

Result<Endpoint> named_endpoint(const files::Tree& files, const std::string& name, const Environment& environment) {
  return name == kDefault ? default_endpoint(files, environment) : stored_endpoint(files, name, environment);
}

}  // namespace

Result<Endpoint> read_context(const files::Tree& files, const std::string& name, const Environment& environment) {
  auto wanted = name.empty() ? chosen(files, environment) : Result<std::string>(name);
  if (!wanted) return std::move(wanted).error();
  auto config = read_config(files, environment);
  if (!config) return std::move(config).error();
  auto out = named_endpoint(files, *wanted, environment);
  if (!out) return out;
  auto headers = configured_headers(*config, environment.custom_headers);
  if (!headers) return std::move(headers).error();
  out->headers = std::move(*headers);
  out->api_version = environment.api_version;
  out->context = *wanted;
  return out;
}

Result<Value> list_contexts(const files::Tree& files, const Environment& environment) {
  auto current = chosen(files, environment);
  if (!current) return std::move(current).error();
  Value out = Value::Array{};
  for (const std::string& name : names(files, environment)) {
    Value item = Value::object({{"name", name}, {"current", name == *current}});
    if (auto endpoint = named_endpoint(files, name, environment)) {
      item.set("host", endpoint->address);
      item.set("tls", endpoint->base.starts_with("https:"));
    } else {
      item.set("error", endpoint.error().message);
    }
    if (auto meta = read_meta(files, meta_file(environment, name)); meta && name != kDefault) {
      item.set("description", (*meta)["Metadata"]["Description"].as_string());
    }
    out.push(std::move(item));
  }
  return out;
}

bool stands_before(std::string_view a, std::string_view b) {
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  const auto number = [&](std::string_view& text) {
    const std::size_t end = std::find_if_not(text.begin(), text.end(), digit) - text.begin();
    std::string_view digits = text.substr(0, end);
    text.remove_prefix(end);
    while (digits.size() > 1 && digits.front() == '0') digits.remove_prefix(1);
    return digits;
  };
  while (!a.empty() && !b.empty()) {
    if (digit(a.front()) && digit(b.front())) {
      const std::string_view one = number(a), other = number(b);
      if (one.size() != other.size()) return one.size() < other.size();
      if (one != other) return one < other;
      continue;
    }
    if (a.front() != b.front()) return a.front() < b.front();
    a.remove_prefix(1);
    b.remove_prefix(1);
  }
  return a.size() < b.size();
}

}  // namespace runbook::docker
