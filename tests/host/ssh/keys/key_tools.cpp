// SPDX-License-Identifier: Apache-2.0
#include "tests/host/ssh/keys/key_tools.h"

#include <openssl/pem.h>

#include <optional>

#include "host/core/encoding.h"
#include "host/core/process.h"
#include "host/core/text.h"
#include "host/ssh/wire.h"

namespace runbook {

using ssh::WireWriter;

Ran run_program(std::vector<std::string> argv, const std::string& input,
                const std::map<std::string, std::string>& env) {
  Loop loop;
  Ran ran;
  bool ended = false;
  {
    Processes processes(loop);
    auto program = find_program(argv.at(0));
    if (!program) return ran;
    ProcessOptions options;
    argv[0] = *program;
    options.argv = std::move(argv);
    options.env = minimal_environment();
    for (const auto& [name, value] : env) options.env[name] = value;
    options.input = input;
    options.on_output = [&](Stream stream, std::string_view text) {
      (stream == Stream::kOut ? ran.out : ran.error) += text;
    };
    processes.start(std::move(options), [&](Result<ProcessExit> result) {
      ended = true;
      if (result) ran.code = result->code;
    });
    while (!ended && loop.turn()) {
    }
  }
  return ran;
}

bool has_openssh() { return find_program("ssh-keygen") && find_program("ssh-add") && find_program("ssh-agent"); }

std::string make_key(const TempDirectory& directory, const std::string& name, std::vector<std::string> options) {
  std::vector<std::string> argv = {"ssh-keygen", "-q", "-C", "a comment", "-f", directory / name};
  if (std::find(options.begin(), options.end(), "-N") == options.end()) options.insert(options.end(), {"-N", ""});
  argv.insert(argv.end(), options.begin(), options.end());
  const Ran ran = run_program(argv);
  INFO(ran.error);
  REQUIRE(ran.code == 0);
  return directory.content(name);
}

std::string blob_of(const std::string& public_line) { return *base64_decode(split(public_line, ' ').at(1)); }

std::string sshsig_text(const std::string& message) {
  std::string digest(64, '\0');
  EVP_Digest(message.data(), message.size(), ssh::out(digest), nullptr, EVP_sha512(), nullptr);
  return WireWriter().raw("SSHSIG").string("test").string("").string("sha512").string(digest).take();
}

bool openssh_verifies(const TempDirectory& directory, const std::string& blob, const std::string& algorithm,
                      const std::string& signature, const std::string& message) {
  const std::string inner = WireWriter().string(algorithm).string(signature).take();
  const std::string file =
      WireWriter().raw("SSHSIG").u32(1).string(blob).string("test").string("").string("sha512").string(inner).take();
  const std::string path = directory.file("signature", pem("SSH SIGNATURE", file));
  return run_program({"ssh-keygen", "-Y", "check-novalidate", "-n", "test", "-s", path}, message).code == 0;
}

std::string pem(const std::string& label, std::string_view content) {
  const std::string all = base64_encode(content);
  std::string text = cat("-----BEGIN ", label, "-----\n");
  for (std::size_t i = 0; i < all.size(); i += 70) text += all.substr(i, 70) + '\n';
  return text + cat("-----END ", label, "-----\n");
}

std::string unpem(const std::string& text) {
  const auto start = text.find('\n') + 1;
  return *base64_decode(text.substr(start, text.find("-----END") - start));
}

std::string pkcs8(EVP_PKEY* key, const std::string& passphrase) {
  const ssh::Owned<BIO> bio(BIO_new(BIO_s_mem()));
  REQUIRE(PEM_write_bio_PKCS8PrivateKey(bio.get(), key, passphrase.empty() ? nullptr : EVP_aes_256_cbc(),
                                        passphrase.empty() ? nullptr : passphrase.data(),
                                        static_cast<int>(passphrase.size()), nullptr, nullptr) == 1);
  char* text = nullptr;
  const long length = BIO_get_mem_data(bio.get(), &text);
  return {text, static_cast<std::size_t>(length)};
}

}  // namespace runbook
