// SPDX-License-Identifier: Apache-2.0
#include "modules/docker/container/tar_reader.h"

#include <algorithm>
#include <charconv>

namespace runbook::docker {

namespace {

constexpr std::uint64_t kMostExtension = 1U << 20U;

Error broken(const char* what) { return Error("docker.engine", std::string("the engine's archive is broken: ") + what); }

std::string_view text(std::string_view field) { return field.substr(0, field.find('\0')); }

// Octal digits, or, with the highest bit set, the number itself in 256s.
std::uint64_t number(std::string_view field) {
  std::uint64_t out = 0;
  if (!field.empty() && (static_cast<unsigned char>(field[0]) & 0x80U) != 0) {
    out = static_cast<unsigned char>(field[0]) & 0x3fU;
    for (const char c : field.substr(1)) out = out << 8U | static_cast<unsigned char>(c);
    return out;
  }
  for (const char c : field) {
    if (c >= '0' && c <= '7') out = out << 3U | static_cast<std::uint64_t>(c - '0');
    if (c == '\0' && out != 0) break;
  }
  return out;
}

bool checked(std::string_view record) {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < record.size(); ++i) sum += i >= 148 && i < 156 ? ' ' : static_cast<unsigned char>(record[i]);
  return sum == number(record.substr(148, 8));
}

// The records of pax: "LENGTH KEY=VALUE\n".
std::string_view pax_value(std::string_view records, std::string_view wanted) {
  std::string_view found;
  while (!records.empty()) {
    std::size_t length = 0;
    const auto [rest, bad] = std::from_chars(records.data(), records.data() + records.size(), length);
    const auto digits = static_cast<std::size_t>(rest - records.data());
    if (bad != std::errc() || length <= digits + 1 || length > records.size()) break;
    const std::string_view record = records.substr(digits + 1, length - digits - 2);
    const auto equals = record.find('=');
    if (equals != std::string_view::npos && record.substr(0, equals) == wanted) found = record.substr(equals + 1);
    records.remove_prefix(length);
  }
  return found;
}

std::uint64_t decimal(std::string_view digits, std::uint64_t otherwise) {
  if (digits.empty()) return otherwise;
  std::uint64_t out = otherwise;
  std::from_chars(digits.data(), digits.data() + digits.size(), out);
  return out;
}

}  // namespace

Status TarReader::feed(std::string_view bytes) {
  while (!bytes.empty() && !ended_) {
    if (left_ > 0) {
      const std::string_view piece = bytes.substr(0, left_);
      bytes.remove_prefix(piece.size());
      left_ -= piece.size();
      if (extends_ != 0) {
        extension_ += piece;
      } else {
        RUNBOOK_TRY(handler_.data(piece));
      }
    } else if (padding_ > 0) {
      const std::size_t skip = std::min<std::uint64_t>(padding_, bytes.size());
      padding_ -= skip;
      bytes.remove_prefix(skip);
    } else {
      const std::size_t take = std::min(kRecord - record_.size(), bytes.size());
      record_ += bytes.substr(0, take);
      bytes.remove_prefix(take);
      if (record_.size() < kRecord) break;
      RUNBOOK_TRY(header());
      record_.clear();
    }
    if (left_ == 0 && within_) RUNBOOK_TRY(finish_entry());
  }
  return Unit{};
}

Status TarReader::header() {
  const std::string_view record = record_;
  if (record.find_first_not_of('\0') == std::string_view::npos) {
    ended_ = true;
    return Unit{};
  }
  if (!checked(record)) return broken("a header does not add up");
  const char kind = record[156];
  left_ = number(record.substr(124, 12));
  if (kind == 'x' || kind == 'g' || kind == 'L' || kind == 'K') {
    if (left_ > kMostExtension) return broken("a header is too long");
    padding_ = (kRecord - left_ % kRecord) % kRecord;
    extends_ = kind;
    extension_.clear();
    within_ = true;
    return Unit{};
  }
  entry_ = TarEntry();
  entry_.kind = kind == '\0' || kind == '7' ? '0' : kind;
  entry_.name = text(record.substr(0, 100));
  if (record.substr(257, 6) == std::string_view("ustar\0", 6) && record[345] != '\0') {
    entry_.name = std::string(text(record.substr(345, 155))) + "/" + entry_.name;
  }
  entry_.link = text(record.substr(157, 100));
  if (!long_name_.empty()) entry_.name = std::move(long_name_);
  if (!long_link_.empty()) entry_.link = std::move(long_link_);
  if (const auto path = pax_value(pax_, "path"); !path.empty()) entry_.name = path;
  if (const auto link = pax_value(pax_, "linkpath"); !link.empty()) entry_.link = link;
  left_ = decimal(pax_value(pax_, "size"), left_);
  entry_.uid = static_cast<std::int64_t>(decimal(pax_value(pax_, "uid"), number(record.substr(108, 8))));
  entry_.gid = static_cast<std::int64_t>(decimal(pax_value(pax_, "gid"), number(record.substr(116, 8))));
  entry_.modified = static_cast<std::int64_t>(decimal(pax_value(pax_, "mtime"), number(record.substr(136, 12))));
  entry_.mode = static_cast<unsigned>(number(record.substr(100, 8))) & 07777U;
  long_name_.clear();
  long_link_.clear();
  pax_.clear();
  // Only files have content, whatever the header of another says.
  if (entry_.kind != '0') left_ = 0;
  entry_.size = left_;
  padding_ = (kRecord - left_ % kRecord) % kRecord;
  within_ = true;
  return handler_.begin(entry_);
}

Status TarReader::finish_entry() {
  within_ = false;
  if (extends_ == 0) return handler_.end_entry();
  const char kind = extends_;
  extends_ = 0;
  if (kind == 'x') pax_ = std::move(extension_);
  if (kind == 'L') long_name_ = text(extension_);
  if (kind == 'K') long_link_ = text(extension_);
  return Unit{};
}

Status TarReader::end() const { return ended_ ? Status(Unit{}) : Status(broken("it ends before its end")); }

}  // namespace runbook::docker
