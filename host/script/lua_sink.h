// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "host/script/lua_api.h"
#include "runbook/value_sink.h"

namespace runbook::script {

/// Makes the Lua value of what it receives, on top of the stack, charged to the script from the first byte. Nulls are
/// kept. May raise, as everything that allocates in Lua.
class LuaSink final : public ValueSink {
 public:
  /// `secret`: the name under which every string becomes a secret; null: they stay strings.
  explicit LuaSink(lua_State* L, const std::string* secret) : L_(L), secret_(secret) {}

  void null() override;
  void boolean(bool value) override;
  void integer(std::int64_t value) override;
  void number(double value) override;
  void string(std::string_view text) override;
  void begin_array() override { begin(false); }
  void end_array() override { end(); }
  void begin_object() override { begin(true); }
  bool key(std::string_view name) override;
  void end_object() override { end(); }

 private:
  /// A container under way. Its first entries wait on the stack, so that the table can be made in its size.
  struct Level {
    int table = 0;  ///< index of the table; nil until it is made
    bool object = false;
    bool made = false;
    int waiting = 0;            ///< entries on the stack
    lua_Integer size = 0;       ///< items of an array in the table
    std::size_t first_key = 0;  ///< of the waiting ones, in keys_
  };
  /// Lua keeps equal short strings once, so they are compared by their place.
  struct Key {
    const char* text;
    std::size_t size;
  };

  void begin(bool object);
  void end();
  void added();
  void make(Level& level);
  void room();

  lua_State* L_;
  const std::string* secret_;
  std::vector<Level> levels_;
  std::vector<Key> keys_;
};

}  // namespace runbook::script
