// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <mutex>
#include <string>

struct sqlite3;

namespace quickstart {

/// A number in an SQLite file that both colours of the service may use at the same time. Opened on first use and again
/// after an error, so that a data directory that is mounted late or repaired is taken up.
class Visits {
 public:
  explicit Visits(const std::string& directory) : path_(directory + "/visits.db") {}
  ~Visits();
  Visits(const Visits&) = delete;
  Visits& operator=(const Visits&) = delete;

  /// False: `error` says why.
  bool read(std::int64_t* count, std::string* error);
  bool add(std::int64_t* count, std::string* error);

 private:
  bool ask(const char* sql, std::int64_t* count, std::string* error);
  bool open(std::string* error);
  void close();

  std::mutex mutex_;
  std::string path_;
  sqlite3* database_ = nullptr;
};

}  // namespace quickstart
