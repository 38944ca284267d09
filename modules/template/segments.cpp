// SPDX-License-Identifier: Apache-2.0
#include "modules/template/segments.h"

#include <algorithm>

#include "host/core/text.h"

namespace runbook::templates {
namespace {

constexpr std::string_view kBlank = " \t\r";
constexpr std::string_view kSpace = " \t\r\n";

struct Tag {
  Segment segment;
  bool comment = false;
  bool strip_before = false;
  bool strip_after = false;
};

int count_lines(std::string_view text) { return static_cast<int>(std::count(text.begin(), text.end(), '\n')); }

// The end of a tag, not counting one inside a string of its expression.
std::size_t find_close(std::string_view text, std::string_view close, bool comment) {
  char quote = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (quote) {
      if (text[i] == '\\') {
        ++i;
      } else if (text[i] == quote) {
        quote = 0;
      }
    } else if (text.substr(i, 2) == close) {
      return i;
    } else if (!comment && (text[i] == '"' || text[i] == '\'')) {
      quote = text[i];
    }
  }
  return std::string_view::npos;
}

void strip_end(std::string& text, std::string_view what) { text.erase(text.find_last_not_of(what) + 1); }
void strip_begin(std::string& text, std::string_view what) { text.erase(0, std::min(text.find_first_not_of(what), text.size())); }

}  // namespace

Result<std::vector<Segment>> split_segments(std::string_view text) {
  std::vector<std::string> texts;  // one before each tag, one after the last
  std::vector<int> text_lines;
  std::vector<Tag> tags;
  int line = 1;
  while (true) {
    std::size_t open = 0;
    do {
      open = text.find('{', open);
      if (open == std::string_view::npos || open + 1 >= text.size()) {
        open = std::string_view::npos;
        break;
      }
      if (std::string_view("{%#").find(text[open + 1]) != std::string_view::npos) break;
      ++open;
    } while (true);
    texts.emplace_back(text.substr(0, open));
    text_lines.push_back(line);
    if (open == std::string_view::npos) break;
    line += count_lines(text.substr(0, open));
    const char mark = text[open + 1];
    const std::string_view close = mark == '{' ? "}}" : mark == '%' ? "%}" : "#}";
    std::string_view rest = text.substr(open + 2);
    const std::size_t end = find_close(rest, close, mark == '#');
    if (end == std::string_view::npos) {
      return Error("template.syntax", cat("'{", mark, "' without '", close, "'")).with("line", std::to_string(line));
    }
    std::string_view content = rest.substr(0, end);
    Tag tag;
    tag.segment.line = line;
    line += count_lines(content);
    tag.comment = mark == '#';
    tag.strip_before = !content.empty() && content.front() == '-' && (content.size() < 2 || !std::isdigit(static_cast<unsigned char>(content[1])));
    if (tag.strip_before) content.remove_prefix(1);
    tag.strip_after = !content.empty() && content.back() == '-';
    if (tag.strip_after) content.remove_suffix(1);
    tag.segment.kind = mark == '{' ? Segment::Kind::kOutput : Segment::Kind::kBlock;
    tag.segment.text = std::string(trim(content));
    tags.push_back(std::move(tag));
    text = rest.substr(end + 2);
  }

  const std::vector<std::string> original = texts;
  for (std::size_t i = 0; i < tags.size(); ++i) {
    const std::string& before = original[i];
    const std::string& after = original[i + 1];
    const auto last_line = before.rfind('\n');
    const std::string_view head = std::string_view(before).substr(last_line == std::string::npos ? 0 : last_line + 1);
    const bool line_begins = head.find_first_not_of(kBlank) == std::string_view::npos && (last_line != std::string::npos || i == 0);
    const auto first_line = after.find('\n');
    const std::string_view tail = std::string_view(after).substr(0, first_line);
    const bool line_ends = tail.find_first_not_of(kBlank) == std::string_view::npos && (first_line != std::string::npos || i + 1 == tags.size());
    const bool alone = tags[i].segment.kind == Segment::Kind::kBlock && line_begins && line_ends;
    if (tags[i].strip_before) {
      strip_end(texts[i], kSpace);
    } else if (alone) {
      strip_end(texts[i], kBlank);
    }
    if (tags[i].strip_after) {
      strip_begin(texts[i + 1], kSpace);
    } else if (alone) {
      strip_begin(texts[i + 1], kBlank);
      if (!texts[i + 1].empty() && texts[i + 1].front() == '\n') texts[i + 1].erase(0, 1);
    }
  }

  std::vector<Segment> out;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (!texts[i].empty()) out.push_back({Segment::Kind::kText, std::move(texts[i]), text_lines[i]});
    if (i < tags.size() && !tags[i].comment) out.push_back(std::move(tags[i].segment));
  }
  return out;
}

}  // namespace runbook::templates
