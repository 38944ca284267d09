// SPDX-License-Identifier: Apache-2.0
#include "host/core/diff.h"

#include <algorithm>
#include <vector>

#include "host/core/text.h"

namespace runbook {

namespace {

constexpr std::size_t kContext = 3;
constexpr int kMostEdits = 1000;                // Myers' search keeps a row for each: 4 MB at most
constexpr std::size_t kMostBytes = 8 * 1024 * 1024;
constexpr std::size_t kMostOutput = 256 * 1024;

using Lines = std::vector<std::string_view>;

// With the newline kept, so that a missing one at the end is a difference.
Lines lines_of(std::string_view text) {
  Lines lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size() - 1) + 1;
    lines.push_back(text.substr(0, end));
    text.remove_prefix(end);
  }
  return lines;
}

struct Edit {
  char kind;  // ' ', '-', '+'
  std::string_view line;
  std::size_t old_line, new_line;  // of the lines before it
};

// The shortest edit script (Myers, An O(ND) difference algorithm) as the points where the path turns; empty where it
// would take more than kMostEdits.
std::vector<std::vector<int>> search(const Lines& a, const Lines& b, bool& found) {
  const int n = static_cast<int>(a.size()), m = static_cast<int>(b.size());
  std::vector<std::vector<int>> trace;
  std::vector<int> furthest(2 * static_cast<std::size_t>(std::min(n + m, kMostEdits)) + 3, 0);
  const int middle = static_cast<int>(furthest.size() / 2);
  for (int d = 0; d <= std::min(n + m, kMostEdits); ++d) {
    trace.emplace_back(furthest.begin() + middle - d, furthest.begin() + middle + d + 1);
    for (int k = -d; k <= d; k += 2) {
      const bool down = k == -d || (k != d && furthest[middle + k - 1] < furthest[middle + k + 1]);
      int x = down ? furthest[middle + k + 1] : furthest[middle + k - 1] + 1;
      int y = x - k;
      while (x < n && y < m && a[x] == b[y]) ++x, ++y;
      furthest[middle + k] = x;
      if (x >= n && y >= m) {
        found = true;
        return trace;
      }
    }
  }
  found = false;
  return trace;
}

// The kinds of the edits, in order.
std::string script(const Lines& a, const Lines& b) {
  bool found = false;
  const auto trace = search(a, b, found);
  if (!found) return std::string(a.size(), '-') + std::string(b.size(), '+');
  std::string reversed;
  int x = static_cast<int>(a.size()), y = static_cast<int>(b.size());
  for (int d = static_cast<int>(trace.size()) - 1; d > 0; --d) {
    const std::vector<int>& row = trace[static_cast<std::size_t>(d)];  // of d - 1, for diagonals -d .. d
    const auto at = [&](int k) { return row[static_cast<std::size_t>(k + d)]; };
    const int k = x - y;
    const bool down = k == -d || (k != d && at(k - 1) < at(k + 1));
    const int from = down ? k + 1 : k - 1;
    const int from_x = at(from), from_y = from_x - from;
    for (; x > from_x && y > from_y; --x, --y) reversed += ' ';
    reversed += down ? '+' : '-';
    x = from_x;
    y = from_y;
  }
  reversed.append(static_cast<std::size_t>(x), ' ');
  std::reverse(reversed.begin(), reversed.end());
  return reversed;
}

void show_line(std::string& out, const Edit& edit) {
  out += edit.kind;
  const bool whole = edit.line.ends_with('\n');
  out += printable(whole ? edit.line.substr(0, edit.line.size() - 1) : edit.line);
  out += whole ? "\n" : "\n\\ No newline at end of file\n";
}

std::string range(std::size_t start, std::size_t count) {
  return count == 1 ? cat(start + 1) : cat(count ? start + 1 : start, ',', count);
}

}  // namespace

std::string unified_diff(std::string_view before, std::string_view after, std::string_view before_name,
                         std::string_view after_name) {
  if (before == after) return {};
  const std::string head = cat("--- ", printable(before_name), "\n+++ ", printable(after_name), "\n");
  if (before.find('\0') != std::string_view::npos || after.find('\0') != std::string_view::npos) {
    return cat(head, "binary content differs: ", before.size(), " bytes, then ", after.size(), " bytes\n");
  }
  if (before.size() + after.size() > kMostBytes) {
    return cat(head, "large content differs: ", before.size(), " bytes, then ", after.size(), " bytes\n");
  }

  Lines a = lines_of(before), b = lines_of(after);
  const Lines whole_a = a;
  std::size_t same_head = 0, same_tail = 0;
  while (same_head < std::min(a.size(), b.size()) && a[same_head] == b[same_head]) ++same_head;
  while (same_tail < std::min(a.size(), b.size()) - same_head && a[a.size() - 1 - same_tail] == b[b.size() - 1 - same_tail]) ++same_tail;
  const auto trim_ends = [&](Lines& lines) {
    lines.erase(lines.end() - static_cast<std::ptrdiff_t>(same_tail), lines.end());
    lines.erase(lines.begin(), lines.begin() + static_cast<std::ptrdiff_t>(same_head));
  };
  trim_ends(a);
  trim_ends(b);

  std::vector<Edit> edits;
  std::size_t old_line = 0, new_line = 0;
  const auto add = [&](char kind, std::string_view line) {
    edits.push_back({kind, line, old_line, new_line});
    if (kind != '+') ++old_line;
    if (kind != '-') ++new_line;
  };
  for (std::size_t i = 0; i < same_head; ++i) add(' ', whole_a[i]);
  std::size_t from_a = 0, from_b = 0;
  for (const char kind : script(a, b)) {
    add(kind, kind == '+' ? b[from_b] : a[from_a]);
    if (kind != '+') ++from_a;
    if (kind != '-') ++from_b;
  }
  for (std::size_t i = whole_a.size() - same_tail; i < whole_a.size(); ++i) add(' ', whole_a[i]);

  std::string out = head;
  std::size_t i = 0;
  while (i < edits.size()) {
    if (edits[i].kind == ' ') {
      ++i;
      continue;
    }
    const std::size_t first = i - std::min(i, kContext);
    std::size_t last_change = i;
    for (std::size_t j = i; j < edits.size() && j <= last_change + 2 * kContext + 1; ++j) {
      if (edits[j].kind != ' ') last_change = j;
    }
    const std::size_t end = std::min(edits.size(), last_change + 1 + kContext);
    std::size_t old_count = 0, new_count = 0;
    for (std::size_t j = first; j < end; ++j) {
      if (edits[j].kind != '+') ++old_count;
      if (edits[j].kind != '-') ++new_count;
    }
    out += cat("@@ -", range(edits[first].old_line, old_count), " +", range(edits[first].new_line, new_count), " @@\n");
    for (std::size_t j = first; j < end; ++j) {
      show_line(out, edits[j]);
      if (out.size() > kMostOutput) return out + "(the rest of the diff is left out)\n";
    }
    i = end;
  }
  return out;
}

}  // namespace runbook
