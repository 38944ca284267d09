// SPDX-License-Identifier: Apache-2.0
//
// Aho-Corasick over the forms of all secrets. Children are linked lists but for the root's, which are a table: almost
// every byte of an ordinary text is looked up there.
#include "host/core/redactor.h"

#include <algorithm>
#include <cctype>

#include "host/core/secret_forms.h"

namespace runbook {
namespace {

constexpr std::int32_t kNone = -1;
constexpr std::size_t kWhole = 4;    // shorter ones count only as whole words
constexpr std::size_t kWrapped = 8;  // shorter ones do not match across line ends

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; }

}  // namespace

struct Redactor::Node {
  std::int32_t first_child = kNone, next_sibling = kNone;
  std::int32_t fail = 0;
  std::int32_t shorter = kNone;  // the longest form that ends here and is a proper suffix of this node's text
  std::int32_t depth = 0;
  unsigned char c = 0;
  bool form = false;
};

Redactor::Redactor() : nodes_(1) {}
Redactor::~Redactor() = default;

std::int32_t Redactor::child(std::int32_t node, unsigned char c) const {
  std::int32_t at = nodes_[static_cast<std::size_t>(node)].first_child;
  while (at != kNone && nodes_[static_cast<std::size_t>(at)].c != c) at = nodes_[static_cast<std::size_t>(at)].next_sibling;
  return at;
}

std::int32_t Redactor::advance(std::int32_t node, unsigned char c) const {
  for (;;) {
    if (const std::int32_t next = child(node, c); next != kNone) return next;
    if (node == 0) return 0;
    node = nodes_[static_cast<std::size_t>(node)].fail;
  }
}

void Redactor::insert(std::string_view form) {
  std::int32_t at = 0;
  for (const char raw : form) {
    const auto c = static_cast<unsigned char>(raw);
    std::int32_t next = child(at, c);
    if (next == kNone) {
      next = static_cast<std::int32_t>(nodes_.size());
      Node node;
      node.c = c;
      node.depth = nodes_[static_cast<std::size_t>(at)].depth + 1;
      node.next_sibling = nodes_[static_cast<std::size_t>(at)].first_child;
      nodes_.push_back(node);
      nodes_[static_cast<std::size_t>(at)].first_child = next;
    }
    at = next;
  }
  nodes_[static_cast<std::size_t>(at)].form = true;
}

void Redactor::add(std::string_view secret) {
  if (secret.empty() || std::find(known_.begin(), known_.end(), secret) != known_.end()) return;
  known_.emplace_back(secret);
  for (const std::string& form : secret_forms(secret)) insert(form);
  built_ = false;
  ++version_;
}

void Redactor::add_secrets_of(const Value& value) {
  if (const auto* secret = value.secret()) add(secret->text);
  for (const Value& item : value.items()) add_secrets_of(item);
  for (const auto& [key, member] : value.members()) add_secrets_of(member);
}

void Redactor::build() const {
  if (built_) return;
  built_ = true;
  root_.fill(0);
  for (std::int32_t at = nodes_[0].first_child; at != kNone; at = nodes_[static_cast<std::size_t>(at)].next_sibling) {
    root_[nodes_[static_cast<std::size_t>(at)].c] = at;
  }
  std::vector<std::int32_t> queue = {0};
  for (std::size_t i = 0; i < queue.size(); ++i) {
    const std::int32_t parent = queue[i];
    for (std::int32_t at = nodes_[static_cast<std::size_t>(parent)].first_child; at != kNone;
         at = nodes_[static_cast<std::size_t>(at)].next_sibling) {
      Node& node = nodes_[static_cast<std::size_t>(at)];
      node.fail = parent == 0 ? 0 : advance(nodes_[static_cast<std::size_t>(parent)].fail, node.c);
      const Node& fail = nodes_[static_cast<std::size_t>(node.fail)];
      node.shorter = fail.form ? node.fail : fail.shorter;
      queue.push_back(at);
    }
  }
}

// Almost no text has a secret in it: to look costs a fraction of what taking it apart does.
bool Redactor::finds_any(std::string_view text) const {
  build();
  std::int32_t state = 0;
  for (const char c : text) {
    if (c == '\n' || c == '\r') continue;
    const auto next = static_cast<unsigned char>(c);
    state = state == 0 ? root_[next] : advance(state, next);
    if (state == 0) continue;
    const Node& node = nodes_[static_cast<std::size_t>(state)];
    if (node.form || node.shorter != kNone) return true;
  }
  return false;
}

std::string Redactor::redact(std::string_view text) const {
  if (known_.empty() || !finds_any(text)) return std::string(text);
  Stream stream(*this);
  std::string out = stream.feed(text);
  return out + stream.finish();
}

Value Redactor::redact_value(const Value& value) const {
  if (known_.empty()) return value;
  if (value.is_string()) return redact(value.as_string());
  if (value.is_array()) {
    Value list = Value::Array{};
    for (const Value& item : value.items()) list.push(redact_value(item));
    return list;
  }
  if (!value.is_object()) return value;
  Value object = Value::Object{};
  for (const auto& [key, member] : value.members()) object.set(redact(key), redact_value(member));
  return object;
}

Error Redactor::redact_error(Error error) const {
  if (known_.empty()) return error;
  for (std::string* text : {&error.message, &error.hint, &error.where}) *text = redact(*text);
  std::map<std::string, std::string> context;
  for (const auto& [key, text] : error.context) context.emplace(redact(key), redact(text));
  error.context = std::move(context);
  if (error.cause) error.cause = std::make_shared<const Error>(redact_error(*error.cause));
  return error;
}

Redactor::Stream::Stream(const Redactor& redactor) : redactor_(&redactor), version_(redactor.version_) {}
Redactor::Stream::~Stream() = default;
Redactor::Stream::Stream(Stream&&) noexcept = default;

void Redactor::Stream::scan(std::string_view chunk) {
  const auto& nodes = redactor_->nodes_;
  for (const char c : chunk) {
    const std::size_t place = held_.size();
    held_ += c;
    if (c == '\n' || c == '\r') continue;
    const auto next = static_cast<unsigned char>(c);
    state_ = state_ == 0 ? redactor_->root_[next] : redactor_->advance(state_, next);
    if (state_ == 0) {
      places_.clear();
      continue;
    }
    places_.push_back(place);
    const Node& node = nodes[static_cast<std::size_t>(state_)];
    for (std::int32_t at = node.form ? state_ : node.shorter; at != kNone; at = nodes[static_cast<std::size_t>(at)].shorter) {
      const auto length = static_cast<std::size_t>(nodes[static_cast<std::size_t>(at)].depth);
      const std::size_t begin = places_[places_.size() - length];
      const bool wrapped = place + 1 - begin != length;
      if (wrapped && length < kWrapped) continue;
      found_.push_back({begin, place + 1, length < kWhole});
      if (length >= kWhole) break;  // it contains the shorter ones
    }
  }
}

std::string Redactor::Stream::feed(std::string_view chunk) {
  redactor_->build();
  if (version_ != redactor_->version_) {
    version_ = redactor_->version_;
    const std::string again = std::move(held_);
    held_.clear();
    places_.clear();
    found_.clear();
    state_ = 0;
    scan(again);
  }
  scan(chunk);
  return emit(false);
}

std::string Redactor::Stream::finish() {
  std::string out = feed({});
  out += emit(true);
  state_ = 0;
  before_ = '\n';
  return out;
}

std::string Redactor::Stream::emit(bool finished) {
  // Nothing that begins before `settled` can still become a form.
  const auto depth = static_cast<std::size_t>(redactor_->nodes_[static_cast<std::size_t>(state_)].depth);
  std::size_t settled = finished || depth == 0 ? held_.size() : places_[places_.size() - depth];

  std::vector<Span> spans;
  for (const Span& span : found_) {
    if (span.word) {
      if (span.end == held_.size() && !finished) {
        settled = std::min(settled, span.begin);  // the next byte decides
        continue;
      }
      const char left = span.begin == 0 ? before_ : held_[span.begin - 1];
      const char right = span.end == held_.size() ? '\n' : held_[span.end];
      if (is_word(left) || is_word(right)) continue;
    }
    spans.push_back(span);
  }
  std::sort(spans.begin(), spans.end(), [](const Span& a, const Span& b) { return a.begin < b.begin; });

  std::string out;
  std::size_t at = 0;
  for (std::size_t i = 0; i < spans.size();) {
    std::size_t begin = spans[i].begin, end = spans[i].end;
    for (++i; i < spans.size() && spans[i].begin < end; ++i) end = std::max(end, spans[i].end);
    if (begin >= settled || end > settled) {
      settled = std::min(settled, begin);
      break;
    }
    out.append(held_, at, begin - at);
    out += kMark;
    at = end;
  }
  out.append(held_, at, settled - at);

  if (settled > 0) before_ = held_[settled - 1];
  held_.erase(0, settled);
  const auto shift = [&](std::size_t& place) { place -= settled; };
  places_.erase(places_.begin(), std::lower_bound(places_.begin(), places_.end(), settled));
  std::for_each(places_.begin(), places_.end(), shift);
  found_.erase(std::remove_if(found_.begin(), found_.end(), [&](const Span& span) { return span.begin < settled; }), found_.end());
  for (Span& span : found_) {
    shift(span.begin);
    shift(span.end);
  }
  return out;
}

}  // namespace runbook
