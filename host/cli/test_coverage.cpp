// SPDX-License-Identifier: Apache-2.0
#include "host/cli/test_coverage.h"

#include <algorithm>
#include <cstdio>

#include "host/core/text.h"

namespace runbook::cli {
namespace {

/// So many of so many.
struct Share {
  std::size_t hit = 0, all = 0;
  void add(bool ran) {
    ++all;
    if (ran) ++hit;
  }
  Share& operator+=(const Share& other) {
    hit += other.hit;
    all += other.all;
    return *this;
  }
};

std::string percent(const Share& share) {
  if (share.all == 0) return "     -";
  char text[32];
  std::snprintf(text, sizeof text, "%5.1f%%", 100.0 * static_cast<double>(share.hit) / static_cast<double>(share.all));
  return text;
}

Share share_of(const std::map<int, std::int64_t>& lines) {
  Share share;
  for (const auto& [line, times] : lines) share.add(times > 0);
  return share;
}

template <class Branches>
Share share_of_branches(const Branches& branches) {
  Share share;
  for (const auto& branch : branches) {
    share.add(branch.taken > 0);
    share.add(branch.passed > 0);
  }
  return share;
}

// "12, 15-18": lines without statements between two of them do not part them.
std::string missed(const std::map<int, std::int64_t>& lines) {
  std::vector<std::string> ranges;
  for (auto at = lines.begin(); at != lines.end();) {
    if (at->second > 0) {
      ++at;
      continue;
    }
    const int first = at->first;
    int last = first;
    for (; at != lines.end() && at->second == 0; ++at) last = at->first;
    ranges.push_back(first == last ? std::to_string(first) : cat(first, "-", last));
  }
  return join(ranges, ", ");
}

std::string row(const Share& lines, const Share& branches, const std::string& name) {
  return cat("  ", percent(lines), " of lines  ", percent(branches), " of branches  ", name);
}

}  // namespace

void TestCoverage::add(const Value& files) {
  for (const Value& given : files.items()) {
    File& file = files_[given["path"].as_string()];
    for (const Value& line : given["lines"].items())
      file.lines[static_cast<int>(line.items()[0].as_int())] += line.items()[1].as_int();
    const auto& branches = given["branches"].items();
    if (file.branches.size() < branches.size()) file.branches.resize(branches.size());
    for (std::size_t i = 0; i < branches.size(); ++i) {
      file.branches[i].line = static_cast<int>(branches[i].items()[0].as_int());
      file.branches[i].taken += branches[i].items()[1].as_int();
      file.branches[i].passed += branches[i].items()[2].as_int();
    }
  }
}

Value TestCoverage::files() const {
  const auto list = [](std::initializer_list<std::int64_t> numbers) {
    Value out = Value::Array{};
    for (const std::int64_t number : numbers) out.push(number);
    return out;
  };
  Value out = Value::Array{};
  for (const auto& [path, file] : files_) {
    Value lines = Value::Array{}, branches = Value::Array{};
    for (const auto& [line, times] : file.lines) lines.push(list({line, times}));
    for (const Branch& branch : file.branches) branches.push(list({branch.line, branch.taken, branch.passed}));
    out.push(Value::object({{"path", path}, {"lines", std::move(lines)}, {"branches", std::move(branches)}}));
  }
  return out;
}

std::string TestCoverage::summary(const std::string& directory) const {
  std::string out = "coverage\n";
  Share lines, branches;
  for (const auto& [path, file] : files_) {
    const Share of_lines = share_of(file.lines), of_branches = share_of_branches(file.branches);
    lines += of_lines;
    branches += of_branches;
    const std::string name = path.starts_with(directory + "/") ? path.substr(directory.size() + 1) : path;
    const std::string left = missed(file.lines);
    out += cat(row(of_lines, of_branches, printable(name)), left.empty() ? "" : cat("  missed: ", left), "\n");
  }
  return files_.size() == 1 ? out : out + row(lines, branches, "all files") + "\n";
}

std::string TestCoverage::lcov() const {
  std::string out;
  for (const auto& [path, file] : files_) {
    out += cat("TN:\nSF:", printable(path), "\n");
    for (std::size_t i = 0; i < file.branches.size(); ++i) {
      const Branch& branch = file.branches[i];
      const bool reached = branch.taken + branch.passed > 0;
      const auto record = [&](int number, std::int64_t times) {
        out += cat("BRDA:", branch.line, ",", i, ",", number, ",", reached ? std::to_string(times) : "-", "\n");
      };
      record(0, branch.taken);
      record(1, branch.passed);
    }
    const Share of_lines = share_of(file.lines), of_branches = share_of_branches(file.branches);
    out += cat("BRF:", of_branches.all, "\nBRH:", of_branches.hit, "\n");
    for (const auto& [line, times] : file.lines) out += cat("DA:", line, ",", times, "\n");
    out += cat("LF:", of_lines.all, "\nLH:", of_lines.hit, "\nend_of_record\n");
  }
  return out;
}

}  // namespace runbook::cli
