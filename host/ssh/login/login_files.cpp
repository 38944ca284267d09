// SPDX-License-Identifier: Apache-2.0
#include "host/ssh/login/login_files.h"

#include <openssl/crypto.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

#include "host/core/encoding.h"
#include "host/core/files.h"
#include "host/core/text.h"
#include "host/ssh/sha256.h"
#include "host/ssh/wire.h"

namespace runbook::ssh {

namespace {

constexpr std::uint64_t kMostKnown = 16U << 20U;
constexpr std::uint64_t kMostFile = 1U << 20U;

std::int64_t nanoseconds(const timespec& time) { return static_cast<std::int64_t>(time.tv_sec) * 1000000000 + time.tv_nsec; }

bool is_absent(const Error& error) { return error.code == "file.not_found" || error.code == "file.not_directory"; }

std::unique_lock<std::mutex> lock(std::mutex& mutex, Reading reading) {
  if (reading == Reading::kFiles) return std::unique_lock(mutex);
  return {mutex, std::try_to_lock};
}

struct Text {
  std::string text;
  struct stat info {};
};

// Where the path leads by now, and what it is: of the same file.
Result<Text> read_text(const std::string& path, std::uint64_t limit) {
  const files::Tree& tree = files::Tree::real();
  auto real = tree.resolve(path, files::Last::kFollow);
  if (!real) return std::move(real).error();
  auto file = tree.open_regular(*real);
  if (!file) return std::move(file).error();
  Text out;
  if (fstat(file->get(), &out.info) != 0) return files::error(errno, "read", path);
  auto text = files::read_all(*file, path, limit);
  if (!text) return std::move(text).error();
  out.text = std::move(*text);
  return out;
}

Result<std::string> blob_of_line(const std::string& text, const std::string& path) {
  const std::vector<std::string> words = split(trim(std::string_view(text).substr(0, text.find('\n'))), ' ');
  auto blob = words.size() < 2 ? Result<std::string>(Error()) : base64_decode(words[1]);
  if (!blob || WireReader(*blob).string() != words[0]) return Error("ssh.key_format", cat("'", printable(path), "' holds no public key"));
  return blob;
}

Result<std::shared_ptr<PrivateKey>> read_key(const std::string& path, const std::string& passphrase) {
  auto read = read_text(path, kMostFile);
  if (!read) return std::move(read).error();
  auto key = PrivateKey::parse(read->text, passphrase, path);
  const bool is_public = !key && blob_of_line(read->text, path).ok();
  OPENSSL_cleanse(read->text.data(), read->text.size());
  // As ssh: of another's file, which root can read, it is the other's to care.
  if (!is_public && read->info.st_uid == geteuid() && (read->info.st_mode & 077) != 0) {
    return Error("ssh.key_exposed", cat("the private key '", printable(path), "' is not used: others than its owner may open it"),
                 cat("chmod 600 '", printable(path), "'"))
        .with("path", printable(path));
  }
  return key;
}

Result<std::string> read_config(const std::string& path, bool checked) {
  auto read = read_text(path, kMostFile);
  if (!read) return std::move(read).error();
  const bool foreign = read->info.st_uid != 0 && read->info.st_uid != geteuid();
  if (checked && (foreign || (read->info.st_mode & 022) != 0)) {
    return Error("ssh.config", cat("'", printable(path), "' is not obeyed: ", foreign ? "it is another user's" : "others than its owner may write to it"),
                 foreign ? "it must be yours, or root's" : cat("chmod go-w '", printable(path), "'"));
  }
  return std::move(read->text);
}

}  // namespace

Person this_person() {
  passwd entry{};
  passwd* found = nullptr;
  char buffer[4096];
  getpwuid_r(geteuid(), &entry, buffer, sizeof buffer, &found);
  const char* home = std::getenv("HOME");
  return {found ? found->pw_name : "", home && *home ? home : (found ? found->pw_dir : "/")};
}

Stamp Stamp::of(const std::string& path) {
  struct stat info {};
  if (stat(path.c_str(), &info) != 0) return {};
  return {info.st_dev, info.st_ino, info.st_size, nanoseconds(info.st_mtim), nanoseconds(info.st_ctim)};
}

template <class T, class Read>
Result<T> LoginFiles::kept(std::unique_lock<std::mutex> guard, AllKept<T>& all, const std::string& name, const std::string& path, Reading reading,
                           Read read) {
  if (!guard) return Error(kNotRead, {});
  const auto found = all.find(name);
  if (found != all.end() && (found->second.value || found->second.stamp == Stamp::of(path))) return found->second.value;
  if (reading == Reading::kMemory) return Error(kNotRead, {});
  // Before it is read: what changes meanwhile is seen the next time.
  const Stamp stamp = Stamp::of(path);
  Result<T> value = read();
  all.insert_or_assign(name, Kept<T>{value, stamp});
  return value;
}

Result<Person> LoginFiles::person(Reading reading) {
  const auto guard = lock(config_mutex_, reading);
  if (!guard || (!person_ && reading == Reading::kMemory)) return Error(kNotRead, {});
  if (!person_) person_ = this_person();
  return *person_;
}

Result<std::shared_ptr<PrivateKey>> LoginFiles::key(const std::string& path, const std::string& passphrase, Reading reading) {
  const std::string name = cat(path, '\0', passphrase.empty() ? "" : sha256_hex(passphrase));
  return kept(lock(mutex_, reading), keys_, name, path, reading, [&] { return read_key(path, passphrase); });
}

Result<std::string> LoginFiles::public_key(const std::string& path, Reading reading) {
  return kept(lock(mutex_, reading), public_keys_, path, path, reading, [&]() -> Result<std::string> {
    auto read = read_text(path, kMostFile);
    if (!read) return std::move(read).error();
    return blob_of_line(read->text, path);
  });
}

Result<std::string> LoginFiles::config(const std::string& path, bool checked, Reading reading) {
  const std::string name = cat(path, '\0', checked ? 'c' : '-');
  return kept(lock(config_mutex_, reading), configs_, name, path, reading, [&] { return read_config(path, checked); });
}

std::optional<NamedConfig> LoginFiles::named(const std::string& name) {
  const std::lock_guard guard(config_mutex_);
  const auto found = named_.find(name);
  return found == named_.end() ? std::nullopt : std::optional(found->second);
}

void LoginFiles::keep_named(const std::string& name, NamedConfig config) {
  const std::lock_guard guard(config_mutex_);
  named_.insert_or_assign(name, std::move(config));
}

Result<std::shared_ptr<const KnownHosts>> LoginFiles::known_hosts(const std::vector<std::string>& paths, Reading reading) {
  const auto guard = lock(mutex_, reading);
  if (!guard) return Error(kNotRead, {});
  std::vector<Stamp> stamps;
  for (const std::string& path : paths) stamps.push_back(Stamp::of(path));
  const std::string name = join(paths, std::string(1, '\0'));
  if (const auto found = known_.find(name); found != known_.end() && found->second.stamps == stamps) return found->second.hosts;
  if (reading == Reading::kMemory) return Error(kNotRead, {});
  auto known = std::make_shared<KnownHosts>();
  for (const std::string& path : paths) {
    auto read = read_text(path, kMostKnown);
    if (!read && is_absent(read.error())) continue;
    if (!read) return std::move(read).error();
    known->add(read->text, path);
  }
  known_.insert_or_assign(name, Known{known, std::move(stamps)});
  return std::shared_ptr<const KnownHosts>(std::move(known));
}

Status LoginFiles::add_known_host(const std::string& path, const std::string& line, const KnownHostsJudge& judge) {
  return known_hosts_append(path, line, judge);
}

Result<int> LoginFiles::remove_known_host(const std::string& path, const std::string& host, int port) {
  return known_hosts_remove(path, host, port);
}

}  // namespace runbook::ssh
