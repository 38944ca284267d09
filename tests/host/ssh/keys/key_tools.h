// SPDX-License-Identifier: Apache-2.0
// Keys that OpenSSH and OpenSSL make, and OpenSSH's word on signatures.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "host/ssh/keys/evp.h"
#include "tests/support/temp_directory.h"

namespace runbook {

struct Ran {
  int code = -1;
  std::string out, error;
};
/// Runs a program by its name to its end, with nothing but this added to a minimal environment.
Ran run_program(std::vector<std::string> argv, const std::string& input = {},
                const std::map<std::string, std::string>& env = {});

/// Whether ssh-keygen, ssh-add and ssh-agent are here.
bool has_openssh();

/// A key made by ssh-keygen, without a passphrase unless the options have one ("-N", "secret").
std::string make_key(const TempDirectory& directory, const std::string& name, std::vector<std::string> options);

/// The public key of a .pub file, as bytes.
std::string blob_of(const std::string& public_line);

/// What is signed in a file that `ssh-keygen -Y` verifies, and whether it takes this signature for one by this key.
std::string sshsig_text(const std::string& message);
bool openssh_verifies(const TempDirectory& directory, const std::string& blob, const std::string& algorithm,
                      const std::string& signature, const std::string& message);

std::string pem(const std::string& label, std::string_view content);
/// The content of the one block of a PEM file.
std::string unpem(const std::string& text);

/// PKCS#8, encrypted where a passphrase is given.
std::string pkcs8(EVP_PKEY* key, const std::string& passphrase = {});

}  // namespace runbook
