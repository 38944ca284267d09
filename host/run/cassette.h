// SPDX-License-Identifier: Apache-2.0
//
// The file that `runbook record` writes and `runbook replay` reads, one JSON object a line: a header, then for each call
// what it was allowed to touch ({"call": digest, "access": [...]}) and what the world answered (host/gate/recording.h).
// Lines are appended as things happen: what a crash leaves can be read as far as it goes.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "runbook/operation.h"
#include "runbook/result.h"
#include "runbook/value.h"

namespace runbook {

struct CassetteHeader {
  std::string file, file_hash;       ///< of the runbook
  std::string mode = "apply";        ///< or "dry-run"
  Value params;                      ///< as to_recording() writes them
  std::vector<std::string> secrets;  ///< the names of those that it was given
  Value options;                     ///< {allow, deny, limits, on_failure, fleet}: with what it was run
  double time = 0;

  Value to_value() const;
  static Result<CassetteHeader> from_value(const Value& value);
};

struct Cassette {
  CassetteHeader header;
  std::map<std::string, std::vector<Access>> access;  ///< by the digest of the call
  std::vector<std::pair<std::string, Value>> composites;  ///< their digests, and {operation, args}
  std::vector<Value> entries;
};

/// "cassette.invalid", with the line. A last line that was cut off is left out.
Result<Cassette> read_cassette(const std::string& path);

/// Under what `access` keeps a call: its name and its arguments, as a recording has them.
std::string call_digest(std::string_view name, const Value& args);
Value access_line(const std::string& digest, const std::vector<Access>& access);

class CassetteWriter {
 public:
  /// A new file that only its owner may read; "cassette.exists" where there is one.
  static Result<std::shared_ptr<CassetteWriter>> create(const std::string& path);
  ~CassetteWriter();
  CassetteWriter(const CassetteWriter&) = delete;
  CassetteWriter& operator=(const CassetteWriter&) = delete;

  /// Writes no more once that has failed: see status().
  void append(std::string_view text);
  const Status& status() const { return status_; }

 private:
  CassetteWriter(std::string path, int fd) : path_(std::move(path)), fd_(fd) {}

  std::string path_;
  int fd_;
  Status status_ = Unit{};
};

}  // namespace runbook
