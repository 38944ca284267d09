// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <thread>

#include "host/core/files.h"
#include "host/core/text.h"
#include "modules/db/sqlite.h"

namespace runbook::db {

namespace {

constexpr int kPagesAtOnce = 256;

Error failed(const std::string& doing, const std::string& path) {
  const int number = errno;
  const char* code = number == ENOSPC ? "db.full" : number == EACCES ? "db.permission" : "db.io";
  return Error(code, cat("cannot ", doing, " '", printable(path), "': ", std::strerror(number)));
}

/// The unfinished copy, beside its destination; gone unless it took its place.
class Temporary {
 public:
  explicit Temporary(const std::string& destination)
      : path_(cat(destination, ".part-", getpid(), "-", std::chrono::steady_clock::now().time_since_epoch().count())) {}
  ~Temporary() {
    if (kept_) return;
    for (const char* suffix : {"", "-journal", "-wal", "-shm"}) unlink((path_ + suffix).c_str());
  }
  Temporary(const Temporary&) = delete;
  Temporary& operator=(const Temporary&) = delete;

  const std::string& path() const { return path_; }
  Status create() {
    const files::Fd fd(::open(path_.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!fd) return failed("create", path_);
    return Unit{};
  }
  Status put_at(const std::string& destination) {
    const files::Fd fd(::open(path_.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
    if (!fd || fsync(fd.get()) != 0) return failed("sync", path_);
    if (::rename(path_.c_str(), destination.c_str()) != 0) return failed("put the copy at", destination);
    kept_ = true;
    const std::string directory = destination.substr(0, destination.rfind('/') + 1);
    const files::Fd parent(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!parent || fsync(parent.get()) != 0) return failed("sync", directory);
    return Unit{};
  }

 private:
  std::string path_;
  bool kept_ = false;
};

Status copy_pages(const Sqlite& source, const Sqlite& copy, const PatiencePtr& patience) {
  sqlite3_backup* work = sqlite3_backup_init(copy.get(), "main", source.get(), "main");
  if (work == nullptr) return copy.error(sqlite3_errcode(copy.get()), "cannot begin a backup");
  int code = SQLITE_OK;
  while (code == SQLITE_OK || code == SQLITE_BUSY || code == SQLITE_LOCKED) {
    if (patience->over()) break;
    // A writer that is at work is waited for; one that comes between makes the copy begin again.
    if (code != SQLITE_OK) std::this_thread::sleep_for(std::chrono::milliseconds(20));
    code = sqlite3_backup_step(work, kPagesAtOnce);
  }
  sqlite3_backup_finish(work);
  if (code == SQLITE_DONE) return Unit{};
  if (code == SQLITE_OK) return Error("db.timeout", "the backup was not done in time").retry();
  return source.error(code, "cannot copy it");
}

Result<std::string> sha256_of(const std::string& path) {
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr);
  Status read = files::Tree::real().read_pieces(path, [&](std::string_view piece) { EVP_DigestUpdate(context.get(), piece.data(), piece.size()); });
  if (!read) return std::move(read).error();
  unsigned char bytes[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  EVP_DigestFinal_ex(context.get(), bytes, &size);
  static constexpr char kHex[] = "0123456789abcdef";
  std::string out;
  for (unsigned int i = 0; i < size; ++i) {
    out += kHex[bytes[i] >> 4];
    out += kHex[bytes[i] & 15];
  }
  OPENSSL_thread_stop();  // what OpenSSL keeps for a thread would stay until the worker ends, which is never
  return out;
}

// Makes one file of the copy and checks it: a backup that cannot be read is none.
Result<std::int64_t> check(Sqlite& copy) {
  if (auto mode = copy.scalar("PRAGMA journal_mode=DELETE"); !mode) return std::move(mode).error();
  auto verdict = copy.scalar("PRAGMA integrity_check(1)");
  if (!verdict) return std::move(verdict).error();
  if (verdict->as_string() != "ok") {
    return Error("db.corrupt", cat("the copy does not pass the integrity check: ", printable(verdict->as_string())),
                 "the database itself is damaged: restore it from an earlier backup");
  }
  auto pages = copy.scalar("PRAGMA page_count");
  if (!pages) return std::move(pages).error();
  return pages->as_int();
}

}  // namespace

Result<Backup> backup(const std::string& source, const std::string& destination, const PatiencePtr& patience) {
  auto from = Sqlite::open(source, Access::kRead, patience);
  if (!from) return std::move(from).error();
  // A file that is no database at all is only noticed when it is read.
  if (auto readable = from->scalar("PRAGMA schema_version"); !readable) return std::move(readable).error();
  Temporary temporary(destination);
  RUNBOOK_TRY(temporary.create());
  Backup out;
  {
    auto copy = Sqlite::open(temporary.path(), Access::kWrite, patience);
    if (!copy) return std::move(copy).error();
    RUNBOOK_TRY(copy_pages(*from, *copy, patience));
    auto pages = check(*copy);
    if (!pages) return std::move(pages).error();
    out.pages = *pages;
  }
  auto hash = sha256_of(temporary.path());
  if (!hash) return std::move(hash).error();
  out.sha256 = std::move(*hash);
  struct stat status {};
  if (::stat(temporary.path().c_str(), &status) != 0) return failed("read", temporary.path());
  out.bytes = static_cast<std::int64_t>(status.st_size);
  RUNBOOK_TRY(temporary.put_at(destination));
  return out;
}

}  // namespace runbook::db
