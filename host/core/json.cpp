// SPDX-License-Identifier: Apache-2.0
//
// JSON in and out of Value. Reading goes through nlohmann's SAX interface: its DOM crashes on deep input when it is
// copied or dumped, turns large integers into doubles and keeps the last of duplicate keys without a word.
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "host/core/text.h"
#include "runbook/value.h"
#include "runbook/value_sink.h"

namespace runbook {
namespace {

constexpr std::size_t kMaxDepth = 200;

/// Hands the parser's events on, and keeps what it refuses.
class Reader : public nlohmann::json_sax<nlohmann::json> {
 public:
  Reader(std::string_view text, ValueSink& sink) : text_(text), sink_(sink) {}

  bool null() override { return sink_.null(), true; }
  bool boolean(bool value) override { return sink_.boolean(value), true; }
  bool number_integer(number_integer_t value) override { return sink_.integer(value), true; }
  bool number_unsigned(number_unsigned_t value) override {
    if (value > static_cast<number_unsigned_t>(INT64_MAX)) sink_.number(static_cast<double>(value));
    else sink_.integer(static_cast<std::int64_t>(value));
    return true;
  }
  bool number_float(number_float_t value, const string_t&) override { return sink_.number(value), true; }
  bool string(string_t& value) override { return sink_.string(value), true; }
  bool binary(binary_t&) override { return fail("binary data"); }
  bool start_object(std::size_t) override { return deeper() && (sink_.begin_object(), true); }
  bool key(string_t& name) override { return sink_.key(name) || fail(cat("duplicate key '", name, "'")); }
  bool end_object() override { return --depth_, sink_.end_object(), true; }
  bool start_array(std::size_t) override { return deeper() && (sink_.begin_array(), true); }
  bool end_array() override { return --depth_, sink_.end_array(), true; }
  bool parse_error(std::size_t position, const std::string&, const nlohmann::detail::exception& problem) override {
    std::string what = problem.what();
    if (const auto colon = what.rfind(": "); colon != std::string::npos) what.erase(0, colon + 2);
    const auto [line, column] = line_and_column(text_, position ? position - 1 : 0);
    return fail(cat("line ", line, ", column ", column, ": ", what));
  }

  Status status() && {
    if (!error_.code.empty()) return std::move(error_);
    return Unit{};
  }

 private:
  bool fail(std::string message) {
    error_ = Error("json.syntax", std::move(message));
    return false;
  }
  bool deeper() { return ++depth_ <= kMaxDepth || fail(cat("nested deeper than ", kMaxDepth, " levels")); }

  std::string_view text_;
  ValueSink& sink_;
  std::size_t depth_ = 0;
  Error error_;
};

class Builder final : public ValueSink {
 public:
  void null() override { add(Value()); }
  void boolean(bool value) override { add(Value(value)); }
  void integer(std::int64_t value) override { add(Value(value)); }
  void number(double value) override { add(Value(value)); }
  void string(std::string_view text) override { add(Value(text)); }
  void begin_array() override { stack_.push_back({Value(Value::Array{}), {}}); }
  void end_array() override { close(); }
  void begin_object() override { stack_.push_back({Value(Value::Object{}), {}}); }
  bool key(std::string_view name) override {
    if (stack_.back().value.has(name)) return false;
    stack_.back().key = name;
    return true;
  }
  void end_object() override { close(); }

  Value root;

 private:
  struct Level {
    Value value;
    std::string key;
  };

  void close() {
    Value finished = std::move(stack_.back().value);
    stack_.pop_back();
    add(std::move(finished));
  }
  void add(Value value) {
    if (stack_.empty()) {
      root = std::move(value);
    } else if (stack_.back().value.is_array()) {
      stack_.back().value.push(std::move(value));
    } else {
      stack_.back().value.set(std::move(stack_.back().key), std::move(value));
    }
  }

  std::vector<Level> stack_;
};

class Writer {
 public:
  Writer(JsonStyle style, bool reveal) : pretty_(style == JsonStyle::kPretty), reveal_(reveal) {}

  void write(const Value& value, std::size_t depth = 0) {
    switch (value.kind()) {
      case Value::Kind::kNull: out += "null"; break;
      case Value::Kind::kBoolean: out += value.as_bool() ? "true" : "false"; break;
      case Value::Kind::kInteger: out += std::to_string(value.as_int()); break;
      case Value::Kind::kNumber: number(value.as_number()); break;
      case Value::Kind::kString: append_json_string(out, value.as_string()); break;
      case Value::Kind::kSecret: append_json_string(out, reveal_ ? value.reveal() : "***"); break;
      case Value::Kind::kUnknown: out += "\"(unknown)\""; break;
      case Value::Kind::kArray: {
        bool first = true;
        out += '[';
        for (const Value& item : value.items()) {
          separate(first, depth + 1);
          write(item, depth + 1);
        }
        if (!first) newline(depth);
        out += ']';
        break;
      }
      case Value::Kind::kObject: {
        bool first = true;
        out += '{';
        for (const auto& [key, member] : value.members()) {
          separate(first, depth + 1);
          append_json_string(out, key);
          out += pretty_ ? ": " : ":";
          write(member, depth + 1);
        }
        if (!first) newline(depth);
        out += '}';
        break;
      }
    }
  }

  std::string out;

 private:
  void separate(bool& first, std::size_t depth) {
    if (!first) out += ',';
    first = false;
    newline(depth);
  }
  void newline(std::size_t depth) {
    if (!pretty_) return;
    out += '\n';
    out.append(depth * 2, ' ');
  }
  void number(double value) {
    if (!std::isfinite(value)) {
      out += "null";
      return;
    }
    char buffer[32];
    for (const int digits : {15, 17}) {
      std::snprintf(buffer, sizeof buffer, "%.*g", digits, value);
      if (std::strtod(buffer, nullptr) == value) break;
    }
    out += buffer;
    if (std::string_view(buffer).find_first_of(".e") == std::string_view::npos) out += ".0";
  }

  bool pretty_;
  bool reveal_;
};

}  // namespace

std::string to_json(const Value& value, JsonStyle style) {
  Writer writer(style, false);
  writer.write(value);
  return std::move(writer.out);
}

std::string to_wire_json(const Value& value, JsonStyle style) {
  Writer writer(style, true);
  writer.write(value);
  return std::move(writer.out);
}

Status read_json(std::string_view text, ValueSink& sink) {
  Reader reader(text, sink);
  nlohmann::json::sax_parse(text.begin(), text.end(), &reader);
  return std::move(reader).status();
}

Result<Value> from_json(std::string_view text) {
  Builder builder;
  if (auto read = read_json(text, builder); !read) return std::move(read).error();
  return std::move(builder.root);
}

}  // namespace runbook
