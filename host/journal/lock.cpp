// SPDX-License-Identifier: Apache-2.0
#include "host/journal/lock.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <memory>
#include <optional>

#include "host/core/text.h"
#include "host/journal/directory.h"
#include "host/journal/run_id.h"
#include "runbook/value.h"

namespace runbook::journal {

namespace {

constexpr std::size_t kNameLimit = 200;  // encoded, with room for the ending
constexpr std::string_view kEnding = ".lock";

bool plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

std::string to_text(const LockRecord& record) {
  return to_json(Value::object({{"name", record.name}, {"user", record.user}, {"host", record.host}, {"pid", record.pid},
                                {"run", record.run}, {"file", record.file}, {"since", record.since}}));
}

std::optional<LockRecord> read_record(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0) return std::nullopt;
  std::array<char, 16 << 10> text{};
  const ssize_t size = read(fd, text.data(), text.size());
  close(fd);
  auto value = from_json(std::string_view(text.data(), size > 0 ? static_cast<std::size_t>(size) : 0));
  if (!value) return std::nullopt;
  LockRecord record;
  record.name = (*value)["name"].as_string();
  record.user = (*value)["user"].as_string();
  record.host = (*value)["host"].as_string();
  record.pid = (*value)["pid"].as_int();
  record.run = (*value)["run"].as_string();
  record.file = (*value)["file"].as_string();
  record.since = (*value)["since"].as_number();
  return record;
}

std::string show_time(double time) {
  const auto whole = static_cast<std::time_t>(time);
  std::tm utc{};
  gmtime_r(&whole, &utc);
  std::array<char, 32> text{};
  std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S UTC", &utc);
  return text.data();
}

Error held(const std::string& name, const std::optional<LockRecord>& holder) {
  // The holder writes its record just after it took the lock, so there may be none yet.
  if (!holder) return Error("lock.held", cat("lock '", name, "' is held by another run")).with("lock", name).retry();
  std::string message = cat("lock '", name, "' is held by ", holder->user, "@", holder->host, " since ", show_time(holder->since));
  if (!holder->run.empty()) message += cat(", run ", holder->run);
  if (!holder->file.empty()) message += cat(" of ", holder->file);
  Error error("lock.held", std::move(message), holder->run.empty() ? "" : cat("runbook show ", holder->run));
  error.retryable = true;
  error.context = {{"lock", name}, {"holder", cat(holder->user, "@", holder->host)}, {"run", holder->run},
                   {"file", holder->file}, {"since", show_time(holder->since)}, {"pid", cat(holder->pid)}};
  return error;
}

class Waiting : public std::enable_shared_from_this<Waiting> {
 public:
  Waiting(Loop& loop, std::string directory, LockRecord record, double wait, Callback<void(Result<Lock>)> done)
      : loop_(loop), directory_(std::move(directory)), record_(std::move(record)), end_(loop.now() + seconds(wait)), done_(std::move(done)) {}

  void again(Duration delay) {
    timer_ = loop_.after(delay, [self = shared_from_this()] { self->look(); });
  }
  void cancel() {
    done_.reset();
    timer_();
  }

 private:
  void look() {
    auto taken = try_lock(directory_, record_);
    const bool busy = !taken && taken.error().code == "lock.held";
    // Whoever only looks whether a lock is held takes it for a moment: one refusal proves nothing.
    if (busy && (loop_.now() < end_ || ++looks_ < 4)) return again(std::chrono::milliseconds(looks_ < 4 ? 10 : 100));
    done_(std::move(taken));
  }

  Loop& loop_;
  std::string directory_;
  LockRecord record_;
  Duration end_;
  Callback<void(Result<Lock>)> done_;
  Cancel timer_;
  int looks_ = 0;
};

}  // namespace

std::string lock_file_name(std::string_view name) {
  std::string out;
  for (const char c : name) {
    if (plain(c)) {
      out += c;
    } else {
      out += '%';
      out += "0123456789ABCDEF"[static_cast<unsigned char>(c) >> 4];
      out += "0123456789ABCDEF"[static_cast<unsigned char>(c) & 15];
    }
  }
  return out;
}

std::string lock_name_of(std::string_view file_name) {
  std::string out;
  for (std::size_t i = 0; i < file_name.size(); ++i) {
    if (file_name[i] == '%' && i + 2 < file_name.size()) {
      out += static_cast<char>(std::strtol(std::string(file_name.substr(i + 1, 2)).c_str(), nullptr, 16));
      i += 2;
    } else {
      out += file_name[i];
    }
  }
  return out;
}

Lock& Lock::operator=(Lock&& other) noexcept {
  release();
  file_ = std::move(other.file_);
  note_ = std::move(other.note_);
  record_ = std::move(other.record_);
  return *this;
}

void Lock::release() {
  if (!file_) return;
  unlink(note_.c_str());
  file_.release();
}

Result<Lock> try_lock(const std::string& directory, LockRecord record) {
  const std::string name = lock_file_name(record.name);
  if (name.empty() || name.size() > kNameLimit) {
    return Error("lock.name", name.empty() ? std::string("a lock needs a name") : cat("the lock's name '", record.name, "' is too long"));
  }
  RUNBOOK_TRY(prepare_directory(directory));
  const std::string locks = directory + "/locks";
  const std::string note = cat(locks, "/", name, ".json");
  auto file = HeldFile::take(cat(locks, "/", name, kEnding));
  if (!file) return std::move(file).error();
  if (!*file) return held(record.name, read_record(note));
  unlink(note.c_str());  // of a holder that was killed
  if (record.user.empty()) record.user = user_name();
  if (record.host.empty()) record.host = host_name();
  if (record.pid == 0) record.pid = getpid();
  if (record.since == 0) record.since = wall_clock();
  if (Status written = write_file(locks, name + ".json", to_text(record)); !written) {
    file->release();
    return Error("lock.file", written.error().message, written.error().hint);
  }
  return Lock(std::move(*file), note, std::move(record));
}

Cancel acquire_lock(Loop& loop, std::string directory, LockRecord record, double wait, Callback<void(Result<Lock>)> done) {
  auto waiting = std::make_shared<Waiting>(loop, std::move(directory), std::move(record), wait, std::move(done));
  waiting->again(Duration::zero());
  return [waiting] { waiting->cancel(); };
}

Result<std::vector<LockRecord>> list_locks(const std::string& directory) {
  std::vector<LockRecord> out;
  const std::string locks = directory + "/locks";
  std::error_code error;
  for (std::filesystem::directory_iterator entry(locks, error), end; !error && entry != end; entry.increment(error)) {
    const std::string file = entry->path().filename().string();
    if (file.size() <= kEnding.size() || file.compare(file.size() - kEnding.size(), kEnding.size(), kEnding) != 0) continue;
    if (!is_held(entry->path().string())) continue;
    const std::string name = file.substr(0, file.size() - kEnding.size());
    LockRecord record = read_record(cat(locks, "/", name, ".json")).value_or(LockRecord{});
    record.name = lock_name_of(name);
    out.push_back(std::move(record));
  }
  if (error && error != std::errc::no_such_file_or_directory) {
    return Error("lock.file", cat("could not read '", locks, "': ", error.message()));
  }
  std::sort(out.begin(), out.end(), [](const LockRecord& a, const LockRecord& b) { return a.name < b.name; });
  return out;
}

}  // namespace runbook::journal
