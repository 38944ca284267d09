// SPDX-License-Identifier: Apache-2.0
// openssl's own server, and certificates made for a test.
#pragma once

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "host/core/text.h"
#include "tests/support/catch.h"
#include "tests/support/temp_directory.h"

namespace runbook {

inline bool have_openssl() { return std::system("command -v openssl >/dev/null 2>&1") == 0; }

/// Certificates in a directory: "ca.pem", and NAME.pem with NAME.key for servers.
class Authority {
 public:
  explicit Authority(const TempDirectory& directory) : directory_(directory) {
    openssl("req -x509 -days 2 -subj /CN=authority -keyout ca.key -out ca.pem" + kNewKey);
  }
  /// `days` that it is valid for from now on; negative: it has expired.
  void sign(const std::string& name, const std::string& host, int days = 2) const {
    openssl(cat("req -subj /CN=", name, " -addext subjectAltName=", host, " -keyout ", name, ".key -out ", name, ".csr",
                kNewKey));
    openssl(cat("x509 -req -in ", name, ".csr -CA ca.pem -CAkey ca.key -copy_extensions copy -days ", days, " -out ",
                name, ".pem"));
  }
  /// For whoever is to show it: NAME.pem and NAME.key.
  void sign_client(const std::string& name) const {
    openssl(cat("req -subj /CN=", name, " -addext extendedKeyUsage=clientAuth -keyout ", name, ".key -out ", name,
                ".csr", kNewKey));
    openssl(
        cat("x509 -req -in ", name, ".csr -CA ca.pem -CAkey ca.key -copy_extensions copy -days 2 -out ", name, ".pem"));
  }
  void encrypt(const std::string& name, const std::string& passphrase) const {
    openssl(cat("pkey -in ", name, ".key -aes256 -passout pass:", passphrase, " -out ", name, ".encrypted.key"));
  }
  void sign_itself(const std::string& name, const std::string& host) const {
    openssl(cat("req -x509 -days 2 -subj /CN=", name, " -addext subjectAltName=", host, " -keyout ", name, ".key -out ",
                name, ".pem", kNewKey));
  }

 private:
  static inline const std::string kNewKey = " -nodes -newkey ec -pkeyopt ec_paramgen_curve:prime256v1";
  void openssl(const std::string& arguments) const {
    INFO(arguments);
    REQUIRE(std::system(cat("cd ", directory_.path(), " && openssl ", arguments, " 2>>openssl.log").c_str()) == 0);
  }
  const TempDirectory& directory_;
};

/// Answers every request over TLS with a page of its own, on a free loopback port.
class TlsServer {
 public:
  /// `authority`: clients must show a certificate that this one signed.
  TlsServer(const TempDirectory& directory, const std::string& name, const std::string& authority = {}) {
    const std::string certificate = directory / (name + ".pem"), key = directory / (name + ".key");
    int out[2];
    REQUIRE(pipe(out) == 0);
    pid_ = fork();
    if (pid_ == 0) {
      dup2(out[1], STDOUT_FILENO);
      close(out[0]);
      close(out[1]);
      if (freopen("/dev/null", "w", stderr) == nullptr) _exit(127);
      const char* verify = authority.empty() ? nullptr : "-Verify";
      execlp("openssl", "openssl", "s_server", "-accept", "127.0.0.1:0", "-www", "-cert", certificate.c_str(), "-key",
             key.c_str(), verify, "1", "-verify_return_error", "-CAfile", authority.c_str(),
             static_cast<char*>(nullptr));
      _exit(127);
    }
    close(out[1]);
    out_ = fdopen(out[0], "r");
    char line[256];
    while (port_.empty() && std::fgets(line, sizeof line, out_)) {
      const std::string text(trim(line));
      if (text.starts_with("ACCEPT")) port_ = text.substr(text.rfind(':') + 1);
    }
    REQUIRE_FALSE(port_.empty());
  }
  ~TlsServer() {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
    std::fclose(out_);
  }
  TlsServer(const TlsServer&) = delete;
  TlsServer& operator=(const TlsServer&) = delete;
  std::string url(const std::string& host = "127.0.0.1") const { return cat("https://", host, ":", port_, "/"); }
  const std::string& port() const { return port_; }

 private:
  pid_t pid_ = -1;
  FILE* out_ = nullptr;
  std::string port_;
};

}  // namespace runbook
