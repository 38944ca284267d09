// SPDX-License-Identifier: Apache-2.0
#include "runbook/value.h"

#include <algorithm>
#include <atomic>

namespace runbook {
namespace {

const std::string kNoText;
const Value kNull;
const Value::Array kNoItems;
const Value::Object kNoMembers;

// What only this value has, made or copied where it is not so.
template <class T>
T& own(std::shared_ptr<T>& shared) {
  if (!shared) {
    shared = std::make_shared<T>();
  } else if (shared.use_count() > 1) {
    shared = std::make_shared<T>(*shared);
  } else {
    std::atomic_thread_fence(std::memory_order_acquire);  // another thread may just have let go of it
  }
  return *shared;
}

template <class T>
std::shared_ptr<T> share(T&& whole) {
  return whole.empty() ? nullptr : std::make_shared<T>(std::forward<T>(whole));
}

}  // namespace

Value::Value(const Value& other) = default;
Value::Value(Value&& other) noexcept = default;
Value& Value::operator=(const Value& other) = default;
Value& Value::operator=(Value&& other) noexcept = default;
Value::~Value() = default;

Value::Value(std::string text) : data_(std::move(text)) {}
Value::Value(std::string_view text) : data_(std::string(text)) {}
Value::Value(const char* text) : data_(std::string(text)) {}
Value::Value(Array array) : data_(share(std::move(array))) {}
Value::Value(Object object) : data_(share(std::move(object))) {}
Value::Value(Secret secret) : data_(std::make_shared<const Secret>(std::move(secret))) {}
Value::Value(Unknown unknown) : data_(std::make_shared<const Unknown>(std::move(unknown))) {}

Value Value::strings(const std::vector<std::string>& items) { return Value(Array(items.begin(), items.end())); }

bool Value::has_unknown() const {
  if (is_unknown()) return true;
  for (const Value& item : items()) {
    if (item.has_unknown()) return true;
  }
  for (const auto& [key, member] : members()) {
    if (member.has_unknown()) return true;
  }
  return false;
}

bool Value::as_bool(bool fallback) const {
  const bool* boolean = std::get_if<bool>(&data_);
  return boolean ? *boolean : fallback;
}

std::int64_t Value::as_int(std::int64_t fallback) const {
  if (const auto* integer = std::get_if<std::int64_t>(&data_)) return *integer;
  if (const auto* number = std::get_if<double>(&data_)) {
    if (*number >= -9.2e18 && *number <= 9.2e18) return static_cast<std::int64_t>(*number);
  }
  return fallback;
}

double Value::as_number(double fallback) const {
  if (const auto* integer = std::get_if<std::int64_t>(&data_)) return static_cast<double>(*integer);
  const auto* number = std::get_if<double>(&data_);
  return number ? *number : fallback;
}

const std::string& Value::as_string() const {
  const auto* text = std::get_if<std::string>(&data_);
  return text ? *text : kNoText;
}

std::string Value::as_string(std::string_view fallback) const {
  const auto* text = std::get_if<std::string>(&data_);
  return text ? *text : std::string(fallback);
}

const std::string& Value::reveal() const {
  if (const Secret* held = secret()) return held->text;
  return as_string();
}

std::vector<std::string> Value::as_strings() const {
  std::vector<std::string> strings;
  for (const Value& item : items()) strings.push_back(item.reveal());
  return strings;
}

const Value::Array& Value::items() const {
  const auto* array = std::get_if<std::shared_ptr<Array>>(&data_);
  return array && *array ? **array : kNoItems;
}

const Value::Object& Value::members() const {
  const auto* object = std::get_if<std::shared_ptr<Object>>(&data_);
  return object && *object ? **object : kNoMembers;
}

const Value::Secret* Value::secret() const {
  const auto* held = std::get_if<std::shared_ptr<const Secret>>(&data_);
  return held ? held->get() : nullptr;
}

const Value::Unknown* Value::unknown() const {
  const auto* held = std::get_if<std::shared_ptr<const Unknown>>(&data_);
  return held ? held->get() : nullptr;
}

const Value& Value::operator[](std::string_view key) const {
  const auto& object = members();
  const auto found = object.find(key);
  return found == object.end() ? kNull : found->second;
}

bool Value::has(std::string_view key) const { return members().find(key) != members().end(); }

Value::Object& Value::mutable_members() {
  if (!is_object()) data_ = std::shared_ptr<Object>();
  return own(std::get<std::shared_ptr<Object>>(data_));
}

Value::Array& Value::mutable_items() {
  if (!is_array()) data_ = std::shared_ptr<Array>();
  return own(std::get<std::shared_ptr<Array>>(data_));
}

void Value::set(std::string key, Value value) { mutable_members().insert_or_assign(std::move(key), std::move(value)); }
void Value::push(Value value) { mutable_items().push_back(std::move(value)); }

void Value::erase(std::string_view key) {
  if (!has(key)) return;
  Object& object = mutable_members();
  object.erase(object.find(key));
}

bool operator==(const Value& a, const Value& b) {
  if (a.is_secret() && b.is_secret()) return a.reveal() == b.reveal();
  if (a.is_number() && b.is_number() && a.kind() != b.kind()) return a.as_number() == b.as_number();
  if (a.kind() != b.kind()) return false;
  if (a.is_array()) return &a.items() == &b.items() || a.items() == b.items();
  if (a.is_object()) return &a.members() == &b.members() || a.members() == b.members();
  return a.data_ == b.data_;
}

const char* to_string(Value::Kind kind) {
  switch (kind) {
    case Value::Kind::kNull: return "null";
    case Value::Kind::kBoolean: return "boolean";
    case Value::Kind::kInteger: return "integer";
    case Value::Kind::kNumber: return "number";
    case Value::Kind::kString: return "string";
    case Value::Kind::kArray: return "list";
    case Value::Kind::kObject: return "table";
    case Value::Kind::kSecret: return "secret";
    case Value::Kind::kUnknown: return "unknown";
  }
  return "?";
}

}  // namespace runbook
