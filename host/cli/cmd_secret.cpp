// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <algorithm>
#include <climits>
#include <cstdlib>

#include "host/cli/commands.h"
#include "host/cli/editor.h"
#include "host/cli/prompt.h"
#include "host/core/text.h"
#include "host/run/problems.h"
#include "host/secrets/secret_file.h"

namespace runbook::cli {
namespace {

using secrets::IdentityPlace;
using secrets::SecretFile;

constexpr std::size_t kLargestSecret = 1u << 20;
const std::vector<std::string> kActions = {"keygen", "list", "get", "set", "edit", "remove"};

// Beside runbook.json, looked for upwards from here; else here.
std::string file_path() {
  char buffer[PATH_MAX];
  const std::string here = ::getcwd(buffer, sizeof buffer) ? buffer : ".";
  for (std::string directory = here; !directory.empty(); directory.resize(directory.rfind('/'))) {
    if (::access(cat(directory, "/runbook.json").c_str(), F_OK) == 0) return cat(directory, "/secrets.age");
    if (directory.rfind('/') == std::string::npos) break;
  }
  return cat(here, "/secrets.age");
}

// From a person without showing it, or all of stdin but for one newline at its end.
Result<std::string> read_secret(const Context& context, const std::string& name) {
  if (can_ask(context.line)) {
    auto answer = ask(context.console, cat("secret '", name, "'"), "", true);
    if (!answer) return Error("usage", "no secret was given");
    return std::move(*answer);
  }
  std::string text;
  char buffer[4096];
  for (ssize_t got; (got = ::read(STDIN_FILENO, buffer, sizeof buffer)) > 0;) {
    text.append(buffer, static_cast<std::size_t>(got));
    if (text.size() > kLargestSecret) return Error("usage", "a secret has at most 1 MiB");
  }
  if (text.ends_with('\n')) text.pop_back();
  if (text.empty()) return Error("usage", cat("the secret '", name, "' is empty"), "write it to stdin, or run this on a terminal");
  return text;
}

int keygen(const Context& context, const IdentityPlace& place) {
  auto recipient = secrets::generate_identity(place);
  if (!recipient) return fail(context, recipient.error());
  context.out(cat(*recipient, "\n"));
  context.console.err.write(cat("made ", printable(place.path), "; give the public key above to those who add recipients\n"));
  return exit_code::kOk;
}

int list(const Context& context, const SecretFile& file) {
  auto names = file.list();
  if (!names) return fail(context, names.error());
  if (context.json()) {
    write_json(context, Value::object({{"schema", 1}, {"file", file.path()}, {"secrets", Value::strings(*names)}}));
  } else {
    for (const std::string& name : *names) context.out(cat(printable(name), "\n"));
  }
  return exit_code::kOk;
}

int change(const Context& context, SecretFile& file, const std::string& action, const std::string& name) {
  Status changed = Unit{};
  if (action == "set") {
    if (auto good = secrets::check_secret_name(name); !good) return fail(context, good.error());
    auto text = read_secret(context, name);
    if (!text) return fail(context, text.error());
    changed = file.set(name, *text);
  } else if (action == "edit") {
    auto edited = file.edit([&](const std::string& json) { return edit_text(json); });
    if (!edited) return fail(context, edited.error());
    if (!*edited) context.console.err.write("nothing changed\n");
  } else {
    auto removed = file.remove(name);
    if (!removed) return fail(context, removed.error());
    if (!*removed) context.console.err.write(cat("there was no '", printable(name), "'\n"));
  }
  return changed ? exit_code::kOk : fail(context, changed.error());
}

}  // namespace

int cmd_secret(const Context& context) {
  const std::string action = context.line.operand(), name = context.line.operand(1);
  const auto known = std::find(kActions.begin(), kActions.end(), action);
  if (known == kActions.end()) return fail(context, Error("usage", cat("'secret' has no '", printable(action), "'", suggestion(action, kActions)), join(kActions, ", ")));
  const bool named = action == "get" || action == "set" || action == "remove";
  if (named == name.empty()) return fail(context, Error("usage", named ? cat("'secret ", action, "' expects a NAME") : cat("'secret ", action, "' takes no name")));

  const IdentityPlace place = secrets::identity_place([](const char* variable) -> const char* { return std::getenv(variable); });
  if (action == "keygen") return keygen(context, place);
  SecretFile file(file_path(), place, [&]() -> Result<std::string> {
    if (!can_ask(context.line)) return Error("secret.passphrase", "the file is encrypted with a passphrase, and nobody is here to type it");
    auto answer = ask(context.console, "passphrase", "", true);
    if (!answer) return Error("secret.passphrase", "no passphrase was given");
    return std::move(*answer);
  });
  if (action == "list") return list(context, file);
  if (action != "get") return change(context, file, action, name);
  auto text = file.get(name);
  if (!text) return fail(context, text.error());
  context.out(cat(*text, context.console.out.terminal ? "\n" : ""));
  return exit_code::kOk;
}

}  // namespace runbook::cli
