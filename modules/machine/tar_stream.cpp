// SPDX-License-Identifier: Apache-2.0
#include "modules/machine/tar_stream.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace runbook::machine {

namespace {

constexpr std::size_t kBlock = 512;
constexpr std::size_t kNameRoom = 100;

void octal(char* field, std::size_t width, std::uint64_t number) {
  // Where the digits do not suffice: a number to the base 256, told by the first bit.
  const std::size_t bits = 3 * (width - 1);
  if (bits < 64 && (number >> bits) != 0) {
    for (std::size_t i = width; i-- > 1; number >>= 8) field[i] = static_cast<char>(number & 255);
    field[0] = static_cast<char>(0x80);
    return;
  }
  for (std::size_t i = width - 1; i-- > 0; number >>= 3) field[i] = static_cast<char>('0' + (number & 7));
}

}  // namespace

void TarStream::header(const std::string& name, char type, std::uint64_t size, const TarMember& member) {
  char block[kBlock] = {};
  std::memcpy(block, name.data(), std::min(name.size(), kNameRoom));
  octal(block + 100, 8, member.mode);
  octal(block + 108, 8, 0);
  octal(block + 116, 8, 0);
  octal(block + 124, 12, size);
  octal(block + 136, 12, static_cast<std::uint64_t>(std::max<std::int64_t>(0, member.modified)));
  std::memset(block + 148, ' ', 8);
  block[156] = type;
  if (type == '2') std::memcpy(block + 157, member.target.data(), std::min(member.target.size(), kNameRoom));
  std::memcpy(block + 257, "ustar  ", 8);
  unsigned sum = 0;
  for (const char byte : block) sum += static_cast<unsigned char>(byte);
  octal(block + 148, 7, sum);
  block[155] = ' ';
  out_.append(block, kBlock);
}

void TarStream::pad() { out_.append((kBlock - out_.size() % kBlock) % kBlock, '\0'); }

Status TarStream::begin(const TarMember& member) {
  const auto lengthy = [&](char type, const std::string& text) {
    if (text.size() <= kNameRoom) return;
    header("././@LongLink", type, text.size() + 1, TarMember{});
    out_ += text;
    out_ += '\0';
    pad();
  };
  lengthy('K', member.target);
  lengthy('L', member.name);
  left_ = member.type == '0' ? (member.path.empty() ? member.content.size() : member.size) : 0;
  header(member.name, member.type, left_, member);
  if (left_ == 0) return Unit{};
  if (member.path.empty()) {
    out_ += member.content;
    pad();
    left_ = 0;
    return Unit{};
  }
  auto reader = FileReader::open(*files_, member.path, 0);
  if (!reader) return std::move(reader).error();
  reader_ = std::move(*reader);
  return Unit{};
}

Status TarStream::copy(const TarMember& member) {
  auto piece = reader_->next(static_cast<std::size_t>(std::min<std::uint64_t>(left_, kTransferPiece)));
  if (!piece) return std::move(piece).error();
  if (piece->empty()) return source_changed(member.path);
  left_ -= piece->size();
  out_ += *piece;
  if (left_ > 0) return Unit{};
  out_.append((kBlock - member.size % kBlock) % kBlock, '\0');
  reader_.reset();
  // One that was written to while it was read would look as if it were the same the next time.
  auto now = files_->stat(member.path);
  if (!now || now->size != member.size || static_cast<std::int64_t>(std::floor(now->modified)) != member.modified)
    return source_changed(member.path);
  return Unit{};
}

Result<std::string> TarStream::next() {
  while (out_.size() < kTransferPiece && !closed_) {
    if (left_ > 0) {
      RUNBOOK_TRY(copy(members_[index_]));
    } else if (begun_) {
      begun_ = false;
      ++index_;
    } else if (index_ < members_.size()) {
      RUNBOOK_TRY(begin(members_[index_]));
      begun_ = true;
    } else {
      out_.append(2 * kBlock, '\0');
      closed_ = true;
    }
  }
  std::string piece;
  piece.swap(out_);
  sent_ += piece.size();
  return piece;
}

}  // namespace runbook::machine
