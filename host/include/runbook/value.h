// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <initializer_list>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "runbook/result.h"

namespace runbook {

/// What crosses the effect gate: JSON's kinds, plus two of our own. A *secret* is text that only primitives may
/// open; an *unknown* is the result of a change that a dry run did not make.
///
/// Copies share their arrays and objects until one of them is changed: what goes through every filter of the gate is not
/// copied for each. So a reference that mutable_items() or mutable_members() gave must not outlive a copy of the value.
class Value {
 public:
  enum class Kind { kNull, kBoolean, kInteger, kNumber, kString, kArray, kObject, kSecret, kUnknown };
  using Array = std::vector<Value>;
  using Object = std::map<std::string, Value, std::less<>>;
  struct Secret {
    std::string text;  ///< the plain text; never printed
    std::string name;  ///< "NMPI_DATABASE_PASSWORD", or of what it was made
  };
  struct Unknown {
    std::string origin;  ///< "the result of docker.image_build (deploy.lua:12)"
  };

  Value() = default;
  // Out of line, as they would be written out at every use.
  Value(const Value& other);
  Value(Value&& other) noexcept;
  Value& operator=(const Value& other);
  Value& operator=(Value&& other) noexcept;
  ~Value();
  Value(std::nullptr_t) {}                                             // NOLINT(google-explicit-constructor)
  Value(bool boolean) : data_(boolean) {}                              // NOLINT(google-explicit-constructor)
  Value(int integer) : data_(static_cast<std::int64_t>(integer)) {}    // NOLINT(google-explicit-constructor)
  Value(std::int64_t integer) : data_(integer) {}                      // NOLINT(google-explicit-constructor)
  Value(double number) : data_(number) {}                              // NOLINT(google-explicit-constructor)
  Value(std::string text);                                             // NOLINT(google-explicit-constructor)
  Value(std::string_view text);                                        // NOLINT(google-explicit-constructor)
  Value(const char* text);                                             // NOLINT(google-explicit-constructor)
  Value(Array array);                                                  // NOLINT(google-explicit-constructor)
  Value(Object object);                                                // NOLINT(google-explicit-constructor)
  Value(Secret secret);                                                // NOLINT(google-explicit-constructor)
  Value(Unknown unknown);                                              // NOLINT(google-explicit-constructor)

  static Value object(std::initializer_list<std::pair<const std::string, Value>> members) {
    return Value(Object(members.begin(), members.end()));
  }
  static Value array(std::initializer_list<Value> items) { return Value(Array(items)); }
  static Value strings(const std::vector<std::string>& items);

  Kind kind() const { return static_cast<Kind>(data_.index()); }
  bool is_null() const { return kind() == Kind::kNull; }
  bool is_string() const { return kind() == Kind::kString; }
  bool is_integer() const { return kind() == Kind::kInteger; }
  bool is_number() const { return kind() == Kind::kNumber || is_integer(); }
  bool is_boolean() const { return kind() == Kind::kBoolean; }
  bool is_array() const { return kind() == Kind::kArray; }
  bool is_object() const { return kind() == Kind::kObject; }
  bool is_secret() const { return kind() == Kind::kSecret; }
  bool is_unknown() const { return kind() == Kind::kUnknown; }
  /// Whether this or anything inside it is unknown.
  bool has_unknown() const;

  // Readers give the fallback where the kind is another; check first where that matters.
  bool as_bool(bool fallback = false) const;
  std::int64_t as_int(std::int64_t fallback = 0) const;
  double as_number(double fallback = 0) const;
  const std::string& as_string() const;        ///< a string's text; empty for other kinds, secrets included
  std::string as_string(std::string_view fallback) const;
  const std::string& reveal() const;           ///< a string's or a secret's text: for primitives only
  std::vector<std::string> as_strings() const; ///< the strings (and secrets, revealed) of an array
  const Array& items() const;                  ///< empty for other kinds
  const Object& members() const;               ///< empty for other kinds
  const Secret* secret() const;
  const Unknown* unknown() const;

  /// A member of an object, or null where there is none (or this is no object).
  const Value& operator[](std::string_view key) const;
  bool has(std::string_view key) const;
  void set(std::string key, Value value);      ///< makes a null an object
  void push(Value value);                      ///< makes a null an array
  void erase(std::string_view key);
  Array& mutable_items();
  Object& mutable_members();

  friend bool operator==(const Value& a, const Value& b);
  friend bool operator!=(const Value& a, const Value& b) { return !(a == b); }

 private:
  // An empty array or object may have no pointee.
  std::variant<std::monostate, bool, std::int64_t, double, std::string, std::shared_ptr<Array>, std::shared_ptr<Object>,
               std::shared_ptr<const Secret>, std::shared_ptr<const Unknown>>
      data_;
};

const char* to_string(Value::Kind kind);

/// How secrets and unknowns are written in JSON.
enum class JsonStyle {
  kCompact,   ///< one line, keys sorted: canonical, what hashes and the journal use
  kPretty,    ///< two spaces, keys sorted: what people read and diffs compare
};

/// Secrets become "***" and unknowns "(unknown)": what this writes is safe to show and to keep. Invalid UTF-8
/// is replaced. Never fails.
std::string to_json(const Value& value, JsonStyle style = JsonStyle::kCompact);
/// As to_json, but with secrets in the clear: only for the body of a request.
std::string to_wire_json(const Value& value, JsonStyle style = JsonStyle::kCompact);
/// Refuses what is not JSON (code "json.syntax", with line and column), nesting over 200 and duplicate keys.
Result<Value> from_json(std::string_view text);

}  // namespace runbook
