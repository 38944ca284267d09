// SPDX-License-Identifier: Apache-2.0
// What the user of the docker CLI has logged in with: for operations that take `auth`.
#include <unistd.h>

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "host/core/process.h"
#include "host/core/text.h"
#include "modules/docker/connect/environment.h"
#include "modules/docker/operations.h"
#include "modules/docker/paths.h"
#include "modules/docker/registry/credential_store.h"

namespace runbook::docker {

namespace {

constexpr std::size_t kMostAnswer = 1U << 20U;
// How helpers say that they have nothing, with exit code 1.
constexpr const char* kNothing = "credentials not found in native keychain";

// What keychains and clouds' command lines are found by; a helper gets no other variable of ours.
constexpr std::array<std::string_view, 13> kHandedDown = {
    "XDG_",    "DBUS_", "GPG_",    "GNUPGHOME=", "PASSWORD_STORE_", "DISPLAY=",      "WAYLAND_DISPLAY=",
    "DOCKER_", "AWS_",  "GOOGLE_", "CLOUDSDK_",  "AZURE_",          "SSH_AUTH_SOCK="};

std::map<std::string, std::string> helper_environment() {
  std::map<std::string, std::string> out = minimal_environment();
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos) continue;
    for (const std::string_view start : kHandedDown) {
      if (text.starts_with(start))
        out.insert_or_assign(std::string(text.substr(0, equals)), std::string(text.substr(equals + 1)));
    }
  }
  return out;
}

Result<std::string> helper_of(const files::Tree& files, const std::string& registry) {
  auto config = read_config(files, Environment::current());
  if (!config) return std::move(config).error();
  return credential_helper(*config, credential_key(registry));
}

std::vector<Access> access(World& world, const Value& args) {
  const auto files = world.shared<files::Tree>();
  Accesses touched{read_access(world, Environment::current().config_file())};
  const auto helper = helper_of(*files, args["registry"].as_string());
  if (helper && !helper->empty()) {
    auto program = find_program(*helper, *files);
    touched.push_back({"run", program ? std::move(*program) : *helper, "", ""});
    touched.back().found = true;
  }
  return touched;
}

Result<Value> judged(const std::string& helper, const ProcessExit& exit, const std::string& out,
                     const std::string& words) {
  if (exit.code == 0) return credentials_in_answer(helper, out);
  if (out.find(kNothing) != std::string::npos) return Value();
  // What a helper prints when it fails is its words, on either stream.
  const std::string said(trim(cat(out.substr(0, 500), " ", words.substr(0, 500))));
  return Error("docker.credentials", cat("'", helper, "' gave no credentials: ",
                                         said.empty() ? cat("it ended with exit code ", exit.code) : printable(said)));
}

Result<Value> with_registry(Result<Value> found, const std::string& key) {
  if (found && !found->is_null()) found->set("registry", key);
  return found;
}

Cancel ask(World& world, const std::string& helper, const std::string& program, const std::string& key, Done done) {
  struct Said {
    std::string out, words;
  };
  auto said = std::make_shared<Said>();
  ProcessOptions options;
  options.argv = {program, "get"};
  options.env = helper_environment();
  options.input = key;
  options.on_output = [said](Stream stream, std::string_view bytes) {
    std::string& into = stream == Stream::kOut ? said->out : said->words;
    into += bytes.substr(0, kMostAnswer - std::min(kMostAnswer, into.size()));
  };
  return world.service<Processes>().start(
      std::move(options), [said, helper, key, done = std::move(done)](Result<ProcessExit> exit) mutable {
        if (!exit) return done(std::move(exit).error());
        done(with_registry(judged(helper, *exit, said->out, said->words), key));
      });
}

Cancel credentials(Invocation call, Done done) {
  const std::string key = credential_key(call.args["registry"].as_string());
  const auto files = call.world.shared<files::Tree>();
  auto config = read_config(*files, Environment::current());
  auto helper = config ? credential_helper(*config, key) : Result<std::string>(config.error());
  if (!helper) {
    done(std::move(helper).error());
    return {};
  }
  if (helper->empty()) {
    done(with_registry(credentials_in_config(*config, key), key));
    return {};
  }
  auto program = find_program(*helper, *files);
  const bool permitted =
      call.allowed.empty() || std::any_of(call.allowed.begin(), call.allowed.end(), [&](const Access& access) {
        return access.kind == "run" && program && access.target == *program;
      });
  if (!program || !permitted) {
    done(program ? Error("docker.credentials",
                         cat("docker's config.json now names another credential helper: '", *helper, "'"))
                 : Error("docker.credentials",
                         cat("the credential helper '", *helper, "' that docker's config.json names is not installed"),
                         cat("it is looked for in ", kProgramPath)));
    return {};
  }
  return ask(call.world, *helper, *program, key, std::move(done));
}

}  // namespace

const Operation kCredentials = {
    .name = "docker.credentials",
    .effect = Effect::kRead,
    .fields = {{"registry", Type::kString, kPositionalRequired}},
    .access = access,
    .perform = credentials,
    .describe = [](const Value& args) { return cat("find the credentials for '", args["registry"].as_string(), "'"); },
};

}  // namespace runbook::docker
