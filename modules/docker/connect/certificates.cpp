// SPDX-License-Identifier: Apache-2.0
#include "modules/docker/connect/certificates.h"

#include "host/core/text.h"
#include "modules/docker/connect/environment.h"

namespace runbook::docker {

namespace {

// `wanted`: it must be there.
Result<std::string> read_pem(const files::Tree& files, const std::string& path, bool wanted, const char* what) {
  auto text = read_file(files, path);
  if (!text && !wanted && text.error().code == "file.not_found") return std::string();
  if (!text) return Error("docker.tls", cat("cannot read the ", what, ": ", text.error().message)).with("path", path);
  if (text->find("-----BEGIN ") != std::string::npos) return text;
  return Error("docker.tls", cat("'", printable(path), "' holds no ", what, " in PEM form")).with("path", path);
}

Status check_key(const std::string& key, const std::string& path) {
  const std::string where = path.empty() ? "the key" : cat("the key '", printable(path), "'");
  if (key.find("ENCRYPTED") != std::string::npos) {
    return Error("docker.tls", where + " is encrypted",
                 "give it without a passphrase: openssl pkey -in key.pem -out plain.pem");
  }
  if (key.find("PRIVATE KEY-----") != std::string::npos) return Unit{};
  return Error("docker.tls", where + " is no private key in PEM form");
}

}  // namespace

Result<std::shared_ptr<const HttpTls>> read_certificates(const files::Tree& files, const CertificateFiles& from) {
  const auto place = [&](const std::string& named, const char* usual) {
    return named.empty() && !from.directory.empty() ? cat(from.directory, "/", usual) : named;
  };
  auto tls = std::make_shared<HttpTls>();
  const std::string ca = place(from.ca, "ca.pem"), cert = place(from.cert, "cert.pem"),
                    key = place(from.key, "key.pem");
  if (!ca.empty()) {
    auto text = read_pem(files, ca, !from.ca.empty() || from.must_verify, "certificate of the authority");
    if (!text) {
      Error error = std::move(text).error();
      if (error.hint.empty()) error.hint = "it is what the engine's certificate is verified with";
      return error;
    }
    tls->ca = std::move(*text);
  }
  if (!cert.empty()) {
    auto text = read_pem(files, cert, !from.cert.empty(), "certificate");
    if (!text) return std::move(text).error();
    tls->cert = std::move(*text);
  }
  tls->key = from.key_text;
  if (tls->key.empty() && !key.empty()) {
    auto text = read_pem(files, key, !from.key.empty(), "private key");
    if (!text) return std::move(text).error();
    tls->key = std::move(*text);
  }
  if (tls->cert.empty() != tls->key.empty()) {
    const bool has_cert = tls->key.empty();
    const std::string& missing = has_cert ? key : cert;
    return Error(
        "docker.tls",
        cat("there is a ", has_cert ? "certificate without its private key" : "private key without its certificate",
            missing.empty() ? "" : cat(": '", printable(missing), "' is missing")));
  }
  if (!tls->key.empty()) RUNBOOK_TRY(check_key(tls->key, from.key_text.empty() ? key : ""));
  return std::shared_ptr<const HttpTls>(std::move(tls));
}

}  // namespace runbook::docker
