// SPDX-License-Identifier: Apache-2.0
#include "host/secrets/secret_store.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "host/core/files.h"
#include "host/core/text.h"
#include "host/secrets/dotenv.h"
#include "host/secrets/secret_file.h"

namespace runbook::secrets {
namespace {

using Environment = std::function<const char*(const char*)>;
using Found = std::map<std::string, std::string>;

class EnvironmentProvider final : public SecretProvider {
 public:
  explicit EnvironmentProvider(Environment environment) : environment_(std::move(environment)) {}
  std::string name() const override { return "the environment"; }
  Found find(const std::vector<std::string>& names, std::string& note) override {
    Found found;
    std::vector<std::string> empty;
    for (const std::string& name : names) {
      const char* value = is_variable_name(name) ? environment_(name.c_str()) : nullptr;
      if (value && *value) found[name] = value;
      if (value && !*value) empty.push_back(cat("'", name, "'"));
    }
    if (!empty.empty()) note = cat(join(empty, ", "), empty.size() == 1 ? " is empty" : " are empty");
    return found;
  }

 private:
  Environment environment_;
};

class DotenvProvider final : public SecretProvider {
 public:
  explicit DotenvProvider(std::string path) : path_(std::move(path)) {}
  std::string name() const override { return cat("'", path_, "'"); }
  Found find(const std::vector<std::string>& names, std::string& note) override {
    Found found;
    if (access(path_.c_str(), F_OK) != 0) {
      note = "is not there";
      return found;
    }
    const auto resolved = files::Tree::real().resolve(path_, files::Last::kFollow);
    const auto text = resolved ? files::Tree::real().read(*resolved, 1 << 20) : resolved;
    if (!text) {
      note = text.error().message;
      return found;
    }
    const Dotenv parsed = parse_dotenv(*text);
    if (!parsed.problems.empty()) {
      note = join(parsed.problems, "; ");
      return found;
    }
    for (const std::string& name : names) {
      const auto entry = parsed.values.find(name);
      if (entry != parsed.values.end() && !entry->second.empty()) found[name] = entry->second;
    }
    return found;
  }

 private:
  std::string path_;
};

class AgeProvider final : public SecretProvider {
 public:
  AgeProvider(std::string path, const Environment& environment, std::function<Result<std::string>()> passphrase)
      : file_(std::move(path), identity_place(environment), std::move(passphrase)) {}
  std::string name() const override { return cat("'", file_.path(), "'"); }
  Found find(const std::vector<std::string>& names, std::string& note) override {
    Found found;
    if (!file_.exists()) {
      note = "is not there";
      return found;
    }
    const auto secrets = file_.load();
    if (!secrets) {
      note = secrets.error().message;
      return found;
    }
    for (const std::string& name : names) {
      const auto entry = secrets->find(name);
      if (entry != secrets->end()) found[name] = entry->second;
    }
    return found;
  }

 private:
  SecretFile file_;
};

}  // namespace

SecretStore::SecretStore(const SecretPlaces& places) {
  const Environment environment = places.environment ? places.environment : [](const char* name) -> const char* { return std::getenv(name); };
  providers_.push_back(std::make_unique<EnvironmentProvider>(environment));
  if (!places.directory.empty()) {
    providers_.push_back(std::make_unique<DotenvProvider>(places.directory + "/.env"));
    providers_.push_back(std::make_unique<AgeProvider>(places.directory + "/secrets.age", environment, places.passphrase));
  }
  if (!places.project.empty() && places.project != places.directory) {
    providers_.push_back(std::make_unique<AgeProvider>(places.project + "/secrets.age", environment, places.passphrase));
  }
}

SecretStore::SecretStore(std::vector<std::unique_ptr<SecretProvider>> providers) : providers_(std::move(providers)) {}
SecretStore::~SecretStore() = default;

std::vector<std::string> SecretStore::providers() const {
  std::vector<std::string> names;
  for (const auto& provider : providers_) names.push_back(provider->name());
  return names;
}

Result<std::map<std::string, Value>> SecretStore::resolve(const std::vector<std::string>& names) {
  std::map<std::string, Value> out;
  std::vector<std::string> missing, looked;
  for (const std::string& name : names) {
    RUNBOOK_TRY(check_secret_name(name));
    if (std::find(missing.begin(), missing.end(), name) == missing.end()) missing.push_back(name);
  }
  for (const auto& provider : providers_) {
    if (missing.empty()) break;
    std::string note;
    for (auto& [name, text] : provider->find(missing, note)) {
      out[name] = Value::Secret{std::move(text), name};
      missing.erase(std::remove(missing.begin(), missing.end(), name), missing.end());
    }
    looked.push_back(note.empty() ? provider->name() : cat(provider->name(), " (", note, ")"));
  }
  if (missing.empty()) return out;
  std::vector<std::string> quoted;
  for (const std::string& name : missing) quoted.push_back(cat("'", name, "'"));
  const std::string what = missing.size() == 1 ? "the secret " : "the secrets ";
  return Error("secret.missing", cat(what, join(quoted, ", "), missing.size() == 1 ? " is" : " are", " missing: looked in ", join(looked, ", ")),
               cat("set it with 'runbook secret set ", missing.front(), "', or in the environment"));
}

Value taint(const Value& value, const std::string& name) {
  if (value.is_string()) return Value::Secret{value.as_string(), name};
  if (value.is_array()) {
    Value list = Value::Array{};
    for (const Value& item : value.items()) list.push(taint(item, name));
    return list;
  }
  if (!value.is_object()) return value;
  Value object = Value::Object{};
  for (const auto& [key, member] : value.members()) object.set(key, taint(member, name));
  return object;
}

}  // namespace runbook::secrets
