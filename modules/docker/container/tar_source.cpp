// SPDX-License-Identifier: Apache-2.0
#include "modules/docker/container/tar_source.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "host/core/text.h"

namespace runbook::docker {

namespace {

constexpr std::size_t kRecord = 512;
constexpr std::size_t kPiece = 1U << 18U;
constexpr std::size_t kMostItems = 1'000'000;
constexpr std::uint64_t kMostOctal = 077777777777;

Error file_error(Error error) { return Error("docker.file", error.message, error.hint); }

Status add_items(const files::Tree& files, const std::string& path, const std::string& name, std::vector<TarItem>& out) {
  if (out.size() >= kMostItems) return Error("docker.file", cat("'", printable(path), "' and what is before it are more than ", kMostItems, " files"));
  auto entry = files.stat(path);
  if (!entry) return file_error(std::move(entry).error());
  const bool directory = entry->type == "directory";
  if (!directory && entry->type != "file" && entry->type != "link") return Unit{};
  if (!name.empty()) out.push_back({name, path, "", *entry});
  if (!directory) return Unit{};
  auto listed = files.list(path, kMostItems);
  if (!listed) return file_error(std::move(listed).error());
  for (const files::Entry& child : *listed) {
    RUNBOOK_TRY(add_items(files, cat(path == "/" ? "" : path, "/", child.name), name.empty() ? child.name : cat(name, "/", child.name), out));
  }
  return Unit{};
}

void put_octal(std::string& record, std::size_t at, std::size_t width, std::uint64_t value) {
  for (std::size_t i = width - 1; i-- > 0; value >>= 3U) record[at + i] = static_cast<char>('0' + (value & 7U));
}

std::string pax_record(const std::string& key, const std::string& value) {
  const std::size_t rest = key.size() + value.size() + 3;
  std::size_t length = rest + 1;
  while (std::to_string(length).size() + rest != length) length = std::to_string(length).size() + rest;
  return cat(length, " ", key, "=", value, "\n");
}

struct Header {
  std::string name;
  char kind = '0';
  std::string link;
  std::uint64_t size = 0;
  unsigned mode = 0;
  TarOwner owner;
  std::int64_t modified = 0;
};

std::string record_of(const Header& header) {
  std::string record(kRecord, '\0');
  record.replace(0, std::min<std::size_t>(100, header.name.size()), header.name, 0, 100);
  put_octal(record, 100, 8, header.mode & 07777U);
  put_octal(record, 108, 8, static_cast<std::uint64_t>(header.owner.uid) & 07777777U);
  put_octal(record, 116, 8, static_cast<std::uint64_t>(header.owner.gid) & 07777777U);
  put_octal(record, 124, 12, std::min(header.size, kMostOctal));
  put_octal(record, 136, 12, static_cast<std::uint64_t>(std::max<std::int64_t>(0, header.modified)));
  record.replace(148, 8, 8, ' ');
  record[156] = header.kind;
  record.replace(157, std::min<std::size_t>(100, header.link.size()), header.link, 0, 100);
  record.replace(257, 8, std::string("ustar\00000", 8));
  unsigned sum = 0;
  for (const char c : record) sum += static_cast<unsigned char>(c);
  put_octal(record, 148, 7, sum);
  return record;
}

void pad(std::string& out, std::uint64_t size) { out.append((kRecord - size % kRecord) % kRecord, '\0'); }

// What does not fit into the header of old goes before it.
void write_header(std::string& out, const Header& header) {
  std::string more;
  if (header.name.size() > 100) more += pax_record("path", header.name);
  if (header.link.size() > 100) more += pax_record("linkpath", header.link);
  if (header.size > kMostOctal) more += pax_record("size", std::to_string(header.size));
  if (header.owner.uid > 07777777) more += pax_record("uid", std::to_string(header.owner.uid));
  if (header.owner.gid > 07777777) more += pax_record("gid", std::to_string(header.owner.gid));
  if (!more.empty()) {
    Header extension;
    extension.name = "pax";
    extension.kind = 'x';
    extension.size = more.size();
    extension.mode = 0644;
    out += record_of(extension) + more;
    pad(out, more.size());
  }
  out += record_of(header);
}

}  // namespace

Result<std::vector<TarItem>> tar_items(const files::Tree& files, const std::string& path, const std::string& name) {
  std::vector<TarItem> out;
  RUNBOOK_TRY(add_items(files, path, name, out));
  return out;
}

TarSource::TarSource(files::TreePtr files, std::vector<TarItem> items, TarOwner owner)
    : files_(std::move(files)), items_(std::move(items)), owner_(owner) {
  for (const TarItem& item : items_) content_size_ += item.entry.type == "file" ? item.entry.size : 0;
}

Status TarSource::begin(const TarItem& item, std::string& out) {
  Header header;
  header.name = item.name;
  header.mode = item.entry.mode;
  header.owner = owner_;
  header.modified = static_cast<std::int64_t>(item.entry.modified);
  if (item.entry.type == "directory") {
    header.kind = '5';
    header.name += '/';
  } else if (item.entry.type == "link") {
    header.kind = '2';
    header.link = item.entry.target;
    header.mode = 0777;
  } else if (item.path.empty()) {
    header.size = item.content.size();
    write_header(out, header);
    out += item.content;
    pad(out, item.content.size());
    return Unit{};
  } else {
    auto opened = files_->open_regular(item.path);
    if (!opened) return file_error(std::move(opened).error());
    file_ = std::move(*opened);
    header.size = left_ = item.entry.size;
  }
  write_header(out, header);
  return Unit{};
}

// The size went out with the header: a file that has shrunk since cannot be sent.
Status TarSource::copy(std::string& out) {
  const TarItem& item = items_[index_];
  const std::size_t before = out.size();
  const std::size_t want = std::min<std::uint64_t>(left_, kPiece - std::min(kPiece - 1, before));
  out.resize(before + want);
  const ssize_t count = read(file_.get(), out.data() + before, want);
  if (count < 0 && errno == EINTR) {
    out.resize(before);
    return Unit{};
  }
  if (count <= 0) {
    return Error("docker.file", cat("'", printable(item.path), "' ", count == 0 ? "became shorter while it was sent" : std::strerror(errno)));
  }
  out.resize(before + static_cast<std::size_t>(count));
  left_ -= static_cast<std::uint64_t>(count);
  if (left_ == 0) pad(out, item.entry.size);
  return Unit{};
}

Result<std::string> TarSource::next() {
  std::string out;
  while (out.size() < kPiece && !ended_) {
    if (left_ > 0) {
      RUNBOOK_TRY(copy(out));
      if (left_ == 0) ++index_;
    } else if (index_ < items_.size()) {
      RUNBOOK_TRY(begin(items_[index_], out));
      if (left_ == 0) ++index_;
    } else {
      out.append(2 * kRecord, '\0');
      ended_ = true;
    }
  }
  return out;
}

}  // namespace runbook::docker
