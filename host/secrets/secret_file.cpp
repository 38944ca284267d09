// SPDX-License-Identifier: Apache-2.0
#include "host/secrets/secret_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <optional>

#include "host/core/files.h"
#include "host/core/text.h"
#include "runbook/value.h"

namespace runbook::secrets {
namespace {

constexpr std::uint64_t kMaxSize = 16 << 20;

std::string directory_of(const std::string& path) {
  const auto slash = path.rfind('/');
  return slash == std::string::npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
}

Result<std::string> read_file(const std::string& path) {
  auto resolved = files::Tree::real().resolve(path, files::Last::kFollow);
  if (!resolved) return resolved;
  return files::Tree::real().read(*resolved, kMaxSize);
}

Status write_file(const std::string& path, std::string_view content, unsigned mode) {
  auto resolved = files::Tree::real().resolve(path, files::Last::kFollow);
  if (!resolved) return std::move(resolved).error();
  files::Attributes attributes;
  attributes.mode = mode;
  return files::Tree::real().write(*resolved, content, attributes);
}

std::string to_text(const SecretMap& secrets, JsonStyle style) {
  Value object = Value::Object{};
  for (const auto& [name, text] : secrets) object.set(name, text);
  return to_json(object, style);
}

std::vector<std::string> names_of(const SecretMap& secrets) {
  std::vector<std::string> names;
  for (const auto& [name, text] : secrets) names.push_back(name);
  return names;
}

// One writer at a time; the lock goes with the descriptor. It is taken on the directory, which nothing replaces.
Result<files::Fd> lock_directory(const std::string& path) {
  files::Fd fd(::open(directory_of(path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd) return files::error(errno, "open", directory_of(path));
  while (flock(fd.get(), LOCK_EX) != 0) {
    if (errno != EINTR) return files::error(errno, "lock", directory_of(path));
  }
  return fd;
}

}  // namespace

Status check_secret_name(std::string_view name) {
  const bool fits = !name.empty() && !std::isdigit(static_cast<unsigned char>(name[0])) &&
                    std::all_of(name.begin(), name.end(), [](unsigned char c) {
                      return std::isalnum(c) || c == '_' || c == '.' || c == '-' || c == '/';
                    });
  if (fits) return Unit{};
  return Error("secret.name", cat("'", printable(name), "' is no name of a secret: letters, digits, '_', '.', '-' and '/', no digit first"));
}

IdentityPlace identity_place(const std::function<const char*(const char*)>& environment) {
  const auto get = [&](const char* name) {
    const char* value = environment(name);
    return std::string(value ? value : "");
  };
  const std::string named(trim(get("RUNBOOK_IDENTITY")));
  if (named.starts_with("AGE-SECRET-KEY-")) return {named, {}};
  if (!named.empty()) return {{}, named};
  const std::string config = get("XDG_CONFIG_HOME");
  if (!config.empty()) return {{}, config + "/runbook/identity"};
  const std::string home = get("HOME");
  return {{}, home.empty() ? "" : home + "/.config/runbook/identity"};
}

Result<std::vector<Identity>> load_identities(const IdentityPlace& place) {
  if (!place.literal.empty()) {
    auto identities = parse_identities(place.literal);
    if (!identities) return Error("secret.key", cat("RUNBOOK_IDENTITY: ", identities.error().message));
    return identities;
  }
  const std::string hint = "make a key with 'runbook secret keygen', or name one in RUNBOOK_IDENTITY";
  if (place.path.empty()) return Error("secret.no_identity", "there is no home directory to look for a key in", hint);
  if (access(place.path.c_str(), F_OK) != 0) return Error("secret.no_identity", cat("there is no key at '", place.path, "'"), hint);
  const auto text = read_file(place.path);
  if (!text) return text.error();
  auto identities = parse_identities(*text);
  if (!identities) return Error("secret.key", cat("'", place.path, "': ", identities.error().message));
  return identities;
}

Result<std::string> generate_identity(const IdentityPlace& place) {
  if (!place.literal.empty()) return Error("secret.exists", "RUNBOOK_IDENTITY holds a key already");
  if (place.path.empty()) return Error("secret.no_identity", "there is no home directory to keep a key in", "name a file in RUNBOOK_IDENTITY");
  if (access(place.path.c_str(), F_OK) == 0) {
    return Error("secret.exists", cat("there is a key at '", place.path, "' already"),
                 "who replaces it can no longer read what was encrypted for it; move it away first if that is meant");
  }
  auto identity = Identity::generate();
  if (!identity) return std::move(identity).error();
  const std::string directory = directory_of(place.path);
  if (access(directory.c_str(), F_OK) != 0) {
    files::Attributes attributes;
    attributes.mode = 0700;
    auto resolved = files::Tree::real().resolve(directory, files::Last::kFollow);
    if (!resolved) return resolved;
    RUNBOOK_TRY(files::Tree::real().directory_create(*resolved, attributes));
  }
  RUNBOOK_TRY(write_file(place.path, cat("# public key: ", identity->recipient(), "\n", identity->text(), "\n"), 0600));
  return identity->recipient();
}

SecretFile::SecretFile(std::string path, IdentityPlace identity, std::function<Result<std::string>()> passphrase)
    : path_(std::move(path)), identity_(std::move(identity)), passphrase_(std::move(passphrase)) {
  const std::string stem = path_.ends_with(".age") ? path_.substr(0, path_.size() - 4) : path_;
  recipients_path_ = stem + ".recipients";
}

bool SecretFile::exists() const { return access(path_.c_str(), F_OK) == 0; }

Result<SecretMap> SecretFile::parse(const std::string& json) const {
  const auto value = from_json(json);
  if (!value) return Error("secret.file", cat("'", path_, "' is no JSON inside: ", value.error().message));
  if (!value->is_object()) return Error("secret.file", cat("'", path_, "' holds no JSON object"));
  SecretMap secrets;
  std::vector<std::string> problems;
  for (const auto& [name, text] : value->members()) {
    if (const auto fits = check_secret_name(name); !fits) problems.push_back(fits.error().message);
    if (!text.is_string()) problems.push_back(cat("'", printable(name), "' is a ", to_string(text.kind()), ", not a text"));
    secrets[name] = text.as_string();
  }
  if (!problems.empty()) return Error("secret.file", cat("'", path_, "': ", join(problems, "; ")));
  return secrets;
}

Result<SecretMap> SecretFile::load() const {
  std::string passphrase;
  return open(passphrase);
}

Result<SecretMap> SecretFile::open(std::string& passphrase) const {
  const auto file = read_file(path_);
  if (!file) return file.error();
  AgeKeys keys;
  if (passphrase_) {
    keys.passphrase = [&]() -> Result<std::string> {
      auto entered = passphrase_();
      if (entered) passphrase = *entered;
      return entered;
    };
  }
  auto identities = load_identities(identity_);
  if (identities) keys.identities = std::move(*identities);
  const auto json = age_decrypt(*file, keys);
  if (json) return parse(*json);
  // Where the person has no key at all, that is what to mend.
  const bool no_key = json.error().code == "age.no_key" && !identities && !passphrase_;
  const Error& why = no_key ? identities.error() : json.error();
  return Error("secret.file", cat("'", path_, "': ", why.message), why.hint).because(json.error());
}

Result<std::vector<std::string>> SecretFile::list() const {
  if (!exists()) return std::vector<std::string>();
  const auto secrets = load();
  if (!secrets) return secrets.error();
  return names_of(*secrets);
}

Result<std::string> SecretFile::get(const std::string& name) const {
  SecretMap secrets;
  if (exists()) {
    auto loaded = load();
    if (!loaded) return std::move(loaded).error();
    secrets = std::move(*loaded);
  }
  const auto found = secrets.find(name);
  if (found != secrets.end()) return found->second;
  const std::string meant = did_you_mean(name, names_of(secrets));
  return Error("secret.not_found", cat("there is no secret '", name, "' in '", path_, "'", meant.empty() ? "" : cat(", did you mean '", meant, "'?")),
               cat("runbook secret set ", name));
}

Result<std::vector<std::string>> SecretFile::recipients() const {
  std::vector<std::string> out;
  if (access(recipients_path_.c_str(), F_OK) != 0) return out;
  const auto text = read_file(recipients_path_);
  if (!text) return text.error();
  std::size_t number = 0;
  for (const std::string& line : split(*text, '\n')) {
    ++number;
    const std::string entry(trim(line));
    if (entry.empty() || entry[0] == '#') continue;
    if (const auto point = parse_recipient(entry); !point) {
      return Error("secret.key", cat("'", recipients_path_, "', line ", number, ": ", point.error().message));
    }
    out.push_back(entry);
  }
  return out;
}

Result<bool> SecretFile::change(const std::function<Result<bool>(SecretMap&)>& change, const std::string& new_recipient) {
  const auto lock = lock_directory(path_);
  if (!lock) return lock.error();
  SecretMap secrets;
  std::string passphrase;
  if (exists()) {
    auto loaded = open(passphrase);
    if (!loaded) return std::move(loaded).error();
    secrets = std::move(*loaded);
  }
  auto changed = change(secrets);
  if (!changed || !*changed) return changed;
  const std::string json = to_text(secrets, JsonStyle::kPretty) + "\n";
  if (!passphrase.empty()) {
    if (!new_recipient.empty()) return Error("secret.file", cat("'", path_, "' is encrypted with a passphrase, which stands alone"));
    auto file = age_encrypt_passphrase(json, passphrase);
    if (!file) return std::move(file).error();
    RUNBOOK_TRY(write_file(path_, *file, 0600));
    return true;
  }

  auto recipients_now = recipients();
  if (!recipients_now) return std::move(recipients_now).error();
  std::vector<std::string> all = std::move(*recipients_now), added;
  if (all.empty()) {
    const auto own = load_identities(identity_);
    if (!own) return own.error();
    added.push_back(own->front().recipient());
  }
  if (!new_recipient.empty() && std::find(all.begin(), all.end(), new_recipient) == all.end()) added.push_back(new_recipient);
  all.insert(all.end(), added.begin(), added.end());
  auto file = age_encrypt(json, all);
  if (!file) return std::move(file).error();
  if (!added.empty()) {
    std::string text;
    if (access(recipients_path_.c_str(), F_OK) == 0) {
      auto old = read_file(recipients_path_);
      if (!old) return std::move(old).error();
      text = std::move(*old);
      if (!text.empty() && !text.ends_with('\n')) text += '\n';
    }
    RUNBOOK_TRY(write_file(recipients_path_, cat(text, join(added, "\n"), "\n"), 0644));
  }
  RUNBOOK_TRY(write_file(path_, *file, 0600));
  return true;
}

Status SecretFile::set(const std::string& name, const std::string& text) {
  RUNBOOK_TRY(check_secret_name(name));
  if (text.empty()) return Error("secret.empty", cat("the text of '", name, "' is empty"), cat("to take it away: runbook secret remove ", name));
  if (to_json(Value(text)).find("\xEF\xBF\xBD") != std::string::npos && text.find("\xEF\xBF\xBD") == std::string::npos) {
    return Error("secret.binary", cat("the text of '", name, "' is no UTF-8"), "encode it first, with base64");
  }
  RUNBOOK_TRY(change([&](SecretMap& secrets) -> Result<bool> {
    secrets[name] = text;
    return true;
  }));
  return Unit{};
}

Result<bool> SecretFile::remove(const std::string& name) {
  if (!exists()) return false;
  return change([&](SecretMap& secrets) -> Result<bool> { return secrets.erase(name) > 0; });
}

Result<bool> SecretFile::edit(const std::function<Result<std::string>(const std::string& json)>& editor) {
  return change([&](SecretMap& secrets) -> Result<bool> {
    const auto text = editor(to_text(secrets, JsonStyle::kPretty) + "\n");
    if (!text) return text.error();
    auto edited = parse(*text);
    if (!edited) return std::move(edited).error();
    if (*edited == secrets) return false;
    secrets = std::move(*edited);
    return true;
  });
}

Status SecretFile::add_recipient(const std::string& recipient) {
  const std::string entry(trim(recipient));
  if (const auto point = parse_recipient(entry); !point) return Error("secret.key", cat("'", entry, "': ", point.error().message));
  RUNBOOK_TRY(change([](SecretMap&) -> Result<bool> { return true; }, entry));
  return Unit{};
}

}  // namespace runbook::secrets
