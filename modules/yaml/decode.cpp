// SPDX-License-Identifier: Apache-2.0
//
// Composes values from libyaml's events. An alias is a copy, so a few lines can stand for billions of values: what
// aliases add is counted. libyaml takes quadratic time for deep flow collections; the depth limit ends that early.
#include "modules/yaml/decode.h"

#include <yaml.h>

#include <map>
#include <memory>
#include <optional>

#include "host/core/encoding.h"
#include "host/core/text.h"
#include "modules/yaml/scalar.h"

namespace runbook::yaml {
namespace {

constexpr int kMaxDepth = 100;
constexpr std::size_t kMaxExpanded = 1000000;

struct Node {
  Value value;
  std::size_t size = 1;  ///< values in it, itself included
  int depth = 1;         ///< levels in it, itself included
};

std::string place(const yaml_mark_t& mark) { return cat("line ", mark.line + 1, ", column ", mark.column + 1); }

class Event {
 public:
  Event() = default;
  ~Event() { yaml_event_delete(&event_); }
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;
  yaml_event_t* operator->() { return &event_; }
  yaml_event_t* get() { return &event_; }

 private:
  yaml_event_t event_{};
};

std::string text_of(const yaml_char_t* text) { return text ? reinterpret_cast<const char*>(text) : ""; }

class Composer {
 public:
  explicit Composer(std::string_view text) {
    yaml_parser_initialize(&parser_);
    yaml_parser_set_input_string(&parser_, reinterpret_cast<const unsigned char*>(text.data()), text.size());
  }
  ~Composer() { yaml_parser_delete(&parser_); }
  Composer(const Composer&) = delete;
  Composer& operator=(const Composer&) = delete;

  /// Also keeps where values begin, for positions().
  void keep_positions() { positions_ = Value::Object{}; }
  Value take_positions() { return std::move(positions_); }

  Result<std::vector<Value>> documents() {
    std::vector<Value> out;
    while (true) {
      Event event;
      RUNBOOK_TRY(next(event));
      if (event->type == YAML_STREAM_END_EVENT) return out;
      if (event->type != YAML_DOCUMENT_START_EVENT) continue;
      anchors_.clear();
      Event root;
      RUNBOOK_TRY(next(root));
      auto node = compose(root, 1);
      if (!node) return std::move(node).error();
      out.push_back(std::move(node->value));
    }
  }

 private:
  Status next(Event& event) {
    if (yaml_parser_parse(&parser_, event.get())) return Unit{};
    std::string what = parser_.problem ? parser_.problem : "unreadable";
    if (parser_.error == YAML_READER_ERROR) {
      return Error("yaml.syntax", cat("byte ", parser_.problem_offset + 1, ": ", what));
    }
    if (parser_.context && parser_.context_mark.line != parser_.problem_mark.line) {
      what += cat(" (", parser_.context, " that began on line ", parser_.context_mark.line + 1, ")");
    }
    return Error("yaml.syntax", cat(place(parser_.problem_mark), ": ", what));
  }

  static Error error(const char* code, const yaml_mark_t& mark, std::string_view what) {
    return Error(code, cat(place(mark), ": ", what));
  }

  Result<Node> compose(Event& event, int depth) {
    const yaml_mark_t mark = event->start_mark;
    if (depth > kMaxDepth) return error("yaml.limit", mark, cat("nested deeper than ", kMaxDepth, " levels"));
    switch (event->type) {
      case YAML_ALIAS_EVENT: return follow(text_of(event->data.alias.anchor), mark, depth);
      case YAML_SCALAR_EVENT: {
        const std::string anchor = text_of(event->data.scalar.anchor);
        auto value = scalar(event);
        if (!value) return std::move(value).error();
        return keep(anchor, Node{std::move(*value)});
      }
      case YAML_SEQUENCE_START_EVENT: return sequence(event, depth);
      default: return mapping(event, depth);
    }
  }

  Result<Node> follow(const std::string& anchor, const yaml_mark_t& mark, int depth) {
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end()) return error("yaml.alias", mark, cat("no anchor '&", printable(anchor), "' before this alias"));
    if (!found->second) return error("yaml.alias", mark, cat("'*", printable(anchor), "' contains itself"));
    expanded_ += found->second->size;
    if (expanded_ > kMaxExpanded) return error("yaml.limit", mark, cat("the aliases stand for more than ", kMaxExpanded, " values"));
    if (depth + found->second->depth - 1 > kMaxDepth) return error("yaml.limit", mark, cat("nested deeper than ", kMaxDepth, " levels"));
    return *found->second;
  }

  Node keep(const std::string& anchor, Node node) {
    if (!anchor.empty()) anchors_[anchor] = node;
    return node;
  }

  Result<Value> scalar(Event& event) {
    const auto& data = event->data.scalar;
    const std::string_view text(reinterpret_cast<const char*>(data.value), data.length);
    const std::string tag = text_of(data.tag);
    if (tag.empty() || tag == "!") {
      const bool plain = tag.empty() && data.style == YAML_PLAIN_SCALAR_STYLE;
      return plain ? resolve_plain(text) : Value(text);
    }
    constexpr std::string_view kCore = "tag:yaml.org,2002:";
    const std::string name = tag.compare(0, kCore.size(), kCore) == 0 ? tag.substr(kCore.size()) : "";
    if (name == "str") return Value(text);
    if (name == "binary") {
      auto bytes = base64_decode(text);
      if (!bytes) return error("yaml.tag", event->start_mark, bytes.error().message);
      return Value(std::move(*bytes));
    }
    Value value = resolve_plain(text);
    if (name == "float" && value.is_integer()) value = value.as_number();
    const bool fits = (name == "int" && value.is_integer()) || (name == "float" && value.is_number()) ||
                      (name == "bool" && value.is_boolean()) || (name == "null" && value.is_null());
    if (fits) return value;
    if (name == "int" || name == "float" || name == "bool" || name == "null") {
      return error("yaml.tag", event->start_mark, cat("'", printable(text), "' is no !!", name));
    }
    return unknown_tag(tag, event->start_mark);
  }

  static Error unknown_tag(const std::string& tag, const yaml_mark_t& mark) {
    return error("yaml.tag", mark, cat("the tag '", printable(tag), "' is not known"));
  }

  static Status check_tag(const yaml_char_t* given, const char* expected, const yaml_mark_t& mark) {
    const std::string tag = text_of(given);
    if (tag.empty() || tag == "!" || tag == cat("tag:yaml.org,2002:", expected)) return Unit{};
    return unknown_tag(tag, mark);
  }

  // One component of the path to the value that is being read.
  class Component {
   public:
    Component(Composer& composer, std::string_view name, const yaml_mark_t& mark) : path_(composer.path_), length_(path_.size()) {
      if (!composer.positions_.is_object()) return;
      path_ += '/';
      for (const char c : name) path_ += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
      composer.positions_.set(path_, Value::object({{"line", static_cast<std::int64_t>(mark.line + 1)}, {"column", static_cast<std::int64_t>(mark.column + 1)}}));
    }
    ~Component() { path_.resize(length_); }
    Component(const Component&) = delete;
    Component& operator=(const Component&) = delete;

   private:
    std::string& path_;
    std::size_t length_;
  };

  Result<Node> sequence(Event& start, int depth) {
    RUNBOOK_TRY(check_tag(start->data.sequence_start.tag, "seq", start->start_mark));
    const std::string anchor = text_of(start->data.sequence_start.anchor);
    if (!anchor.empty()) anchors_[anchor] = std::nullopt;
    Node out{Value::Array{}};
    while (true) {
      Event event;
      RUNBOOK_TRY(next(event));
      if (event->type == YAML_SEQUENCE_END_EVENT) return keep(anchor, std::move(out));
      const Component component(*this, std::to_string(out.value.items().size()), event->start_mark);
      auto item = compose(event, depth + 1);
      if (!item) return item;
      out.size += item->size;
      out.depth = std::max(out.depth, item->depth + 1);
      out.value.push(std::move(item->value));
    }
  }

  Result<Node> mapping(Event& start, int depth) {
    RUNBOOK_TRY(check_tag(start->data.mapping_start.tag, "map", start->start_mark));
    const std::string anchor = text_of(start->data.mapping_start.anchor);
    if (!anchor.empty()) anchors_[anchor] = std::nullopt;
    Node out{Value::Object{}};
    std::map<std::string, yaml_mark_t> seen;
    Value merged = Value::Object{};
    while (true) {
      Event key_event;
      RUNBOOK_TRY(next(key_event));
      if (key_event->type == YAML_MAPPING_END_EVENT) break;
      const yaml_mark_t mark = key_event->start_mark;
      const bool merge = is_merge_key(key_event);
      auto key = compose(key_event, depth + 1);
      if (!key) return key;
      if (key->value.is_array() || key->value.is_object()) {
        return error("yaml.key", mark, "a key must be a scalar, not a list or a map");
      }
      const std::string name = key_text(key_event, key->value);
      if (const auto [first, fresh] = seen.emplace(name, mark); !fresh) {
        return error("yaml.duplicate_key", mark, cat("duplicate key '", printable(name), "', first on line ", first->second.line + 1));
      }
      Event value_event;
      RUNBOOK_TRY(next(value_event));
      const yaml_mark_t value_mark = value_event->start_mark;
      const Component component(*this, name, mark);
      auto value = compose(value_event, depth + 1);
      if (!value) return value;
      out.size += value->size + 1;
      out.depth = std::max(out.depth, value->depth + 1);
      if (merge) {
        RUNBOOK_TRY(merge_into(merged, value->value, value_mark));
      } else {
        out.value.set(name, std::move(value->value));
      }
    }
    for (auto& [name, value] : merged.mutable_members()) {
      if (!out.value.has(name)) out.value.set(name, std::move(value));
    }
    return keep(anchor, std::move(out));
  }

  static bool is_merge_key(Event& event) {
    if (event->type != YAML_SCALAR_EVENT) return false;
    const auto& data = event->data.scalar;
    return data.style == YAML_PLAIN_SCALAR_STYLE && !data.tag && text_of(data.value) == "<<";
  }

  static std::string key_text(Event& event, const Value& value) {
    if (value.is_string()) return value.as_string();
    if (event->type == YAML_SCALAR_EVENT) return text_of(event->data.scalar.value);
    return to_json(value);
  }

  // The first map that has a key wins.
  static Status merge_into(Value& merged, const Value& source, const yaml_mark_t& mark) {
    const Value::Array one = {source};
    for (const Value& map : source.is_array() ? source.items() : one) {
      if (!map.is_object()) return error("yaml.merge", mark, "'<<' takes a map or a list of maps");
      for (const auto& [name, value] : map.members()) {
        if (!merged.has(name)) merged.set(name, value);
      }
    }
    return Unit{};
  }

  yaml_parser_t parser_{};
  std::map<std::string, std::optional<Node>> anchors_;  ///< empty while the anchored collection is being read
  std::size_t expanded_ = 0;
  Value positions_;   ///< null where they are not asked for
  std::string path_;  ///< to the value that is being read
};

}  // namespace

Result<std::vector<Value>> decode_all(std::string_view text) { return Composer(text).documents(); }

Result<Value> decode(std::string_view text) {
  auto documents = decode_all(text);
  if (!documents) return std::move(documents).error();
  if (documents->empty()) return Value();
  if (documents->size() > 1) {
    return Error("yaml.syntax", cat("the text has ", documents->size(), " documents, expected one"), "use yaml.decode_all");
  }
  return std::move(documents->front());
}

Result<Value> positions(std::string_view text) {
  Composer composer(text);
  composer.keep_positions();
  auto documents = composer.documents();
  if (!documents) return std::move(documents).error();
  return composer.take_positions();
}

}  // namespace runbook::yaml
