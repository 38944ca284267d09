// SPDX-License-Identifier: Apache-2.0
#include "host/run/cassette.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>

#include "host/core/text.h"
#include "host/gate/recording.h"
#include "host/journal/hash.h"

namespace runbook {
namespace {

constexpr int kVersion = 1;

Error unwritable(const std::string& path, int number) {
  return Error("cassette.write", cat("cannot write the cassette '", printable(path), "': ", std::strerror(number)));
}

Error invalid(const std::string& path, std::size_t line, const std::string& what) {
  return Error("cassette.invalid", cat("'", printable(path), "', line ", line, ": ", what));
}

std::vector<Access> access_of(const Value& list) {
  std::vector<Access> out;
  for (const Value& item : list.items()) {
    out.push_back({item["kind"].as_string(), item["target"].as_string(), item["verb"].as_string(), item["name"].as_string()});
  }
  return out;
}

}  // namespace

Value CassetteHeader::to_value() const {
  return Value::object({{"cassette", kVersion}, {"file", file}, {"hash", file_hash}, {"mode", mode}, {"params", params},
                        {"secrets", Value::strings(secrets)}, {"options", options}, {"runbook", RUNBOOK_VERSION}, {"time", time}});
}

Result<CassetteHeader> CassetteHeader::from_value(const Value& value) {
  if (!value["cassette"].is_integer()) return Error("cassette.invalid", "is no cassette", "make one with: runbook record FILE -o CASSETTE");
  if (value["cassette"].as_int() != kVersion) {
    return Error("cassette.invalid", cat("has version ", value["cassette"].as_int(), ", expected ", kVersion));
  }
  CassetteHeader header;
  header.file = value["file"].as_string();
  header.file_hash = value["hash"].as_string();
  header.mode = value["mode"].as_string();
  header.params = value["params"];
  header.secrets = value["secrets"].as_strings();
  header.options = value["options"];
  header.time = value["time"].as_number();
  return header;
}

Result<Cassette> read_cassette(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  if (!stream) return Error("cassette.unreadable", cat("cannot read '", printable(path), "'"));
  Cassette cassette;
  std::string line;
  for (std::size_t number = 1; std::getline(stream, line); ++number) {
    // Every whole line has its end: what lacks it is what a crash has left.
    if (stream.eof() && number > 1) break;
    auto value = from_json(line);
    if (!value) return invalid(path, number, value.error().message);
    if (number == 1) {
      auto header = CassetteHeader::from_value(*value);
      if (!header) return Error(header.error().code, cat("'", printable(path), "' ", header.error().message), header.error().hint);
      cassette.header = std::move(*header);
    } else if (value->has("call")) {
      cassette.access[(*value)["call"].as_string()] = access_of((*value)["access"]);
      if (value->has("composite")) cassette.composites.emplace_back((*value)["call"].as_string(), (*value)["composite"]);
    } else {
      if (auto good = check_recorded(*value, number); !good) return invalid(path, number, good.error().message);
      cassette.entries.push_back(std::move(*value));
    }
  }
  if (cassette.header.time == 0) return Error("cassette.invalid", cat("'", printable(path), "' is no cassette"));
  return cassette;
}

std::string call_digest(std::string_view name, const Value& args) { return journal::sha256(cat(name, " ", to_json(args))); }

Value access_line(const std::string& digest, const std::vector<Access>& access) {
  Value list = Value::Array{};
  for (const Access& one : access) {
    Value item = Value::object({{"kind", one.kind}, {"target", one.target}});
    if (!one.verb.empty()) item.set("verb", one.verb);
    if (!one.name.empty()) item.set("name", one.name);
    list.push(std::move(item));
  }
  return Value::object({{"call", digest}, {"access", std::move(list)}});
}

Result<std::shared_ptr<CassetteWriter>> CassetteWriter::create(const std::string& path) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0600);
  if (fd < 0 && errno == EEXIST) {
    return Error("cassette.exists", cat("'", printable(path), "' exists"), "remove it, or give the new one another name");
  }
  if (fd < 0) return unwritable(path, errno);
  return std::shared_ptr<CassetteWriter>(new CassetteWriter(path, fd));
}

CassetteWriter::~CassetteWriter() { ::close(fd_); }

void CassetteWriter::append(std::string_view text) {
  while (status_ && !text.empty()) {
    const ssize_t written = ::write(fd_, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) {
      status_ = unwritable(path_, written < 0 ? errno : ENOSPC);
    } else {
      text.remove_prefix(static_cast<std::size_t>(written));
    }
  }
}

}  // namespace runbook
